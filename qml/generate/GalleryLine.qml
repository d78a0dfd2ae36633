// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// A line of the gallery: a day heading, or two pictures.
Item {
    id: root

    required property bool heading
    required property string title
    required property int dayCount
    required property list<var> images
    required property GalleryModel gallery
    required property bool listFocused

    signal tapped(var imageId)
    signal restoreAsked(var imageId)
    signal startAsked(url picture)
    signal compareAsked(var imageId)

    height: root.heading ? Theme.compactControl : Theme.galleryThumbnail + 30

    RowLayout {
        anchors { left: parent.left; right: parent.right; leftMargin: Theme.gap12 + 1; rightMargin: Theme.gap12 - 1 }
        visible: root.heading
        height: 18
        Label {
            Layout.fillWidth: true
            text: root.title
            weight: Theme.strong
        }
        Label {
            text: qsTr("%n image(s)", "", root.dayCount)
            color: Theme.colors.secondary
        }
    }
    Row {
        x: Theme.gap12 + 1
        visible: !root.heading
        spacing: Theme.gap8
        Repeater {
            model: root.images
            GalleryTile {
                id: tile

                required property galleryImage modelData

                image: tile.modelData
                selected: root.gallery.selectedId === tile.modelData.imageId
                focused: root.listFocused
                onTapped: root.tapped(tile.modelData.imageId)
                onRestoreAsked: root.restoreAsked(tile.modelData.imageId)
                onStartAsked: root.startAsked(tile.modelData.imageUrl)
                onCompareAsked: root.compareAsked(tile.modelData.imageId)
                onRated: stars => root.gallery.setRating(tile.modelData.imageId, stars)
                onDeleteAsked: root.gallery.remove(tile.modelData.imageId)
            }
        }
    }
}
