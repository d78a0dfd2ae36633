// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// The pictures of the workspace, newest first.
FocusScope {
    id: root

    required property GalleryModel gallery

    /// Put on the canvas.
    signal shown(var imageId)
    signal restoreAsked(var imageId)
    signal startAsked(url picture)
    /// With the picture on the canvas; with the one beside it.
    signal compareAsked(var imageId)
    signal comparingAsked(var imageId)
    signal paletteAsked

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.surface
    }
    GalleryHead {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top }
        total: root.gallery.total
        onPaletteAsked: root.paletteAsked()
    }
    GalleryFilter {
        id: filter

        anchors { left: parent.left; right: parent.right; top: head.bottom; margins: Theme.gap12; leftMargin: Theme.gap12 + 1 }
        visible: root.gallery.total > 0 || root.gallery.filtered
        gallery: root.gallery
    }
    GalleryList {
        anchors { left: parent.left; right: parent.right; top: filter.bottom; bottom: undo.top; topMargin: Theme.gap12 }
        focus: true
        visible: root.gallery.matching > 0
        gallery: root.gallery
        onShown: imageId => root.shown(imageId)
        onRestoreAsked: imageId => root.restoreAsked(imageId)
        onStartAsked: picture => root.startAsked(picture)
        onCompareAsked: imageId => root.compareAsked(imageId)
        onComparingAsked: imageId => root.comparingAsked(imageId)
    }
    Grid {
        anchors { left: parent.left; right: parent.right; top: filter.bottom; margins: Theme.gap12; leftMargin: Theme.gap12 + 1 }
        visible: root.gallery.state === GalleryModel.Loading && root.gallery.matching === 0
        columns: 2
        spacing: Theme.gap8
        Repeater {
            model: 6
            Skeleton { width: Theme.galleryThumbnail; height: Theme.galleryThumbnail }
        }
    }
    ColumnLayout {
        anchors { verticalCenter: parent.verticalCenter; left: parent.left; right: parent.right; margins: Theme.gap24 }
        visible: root.gallery.state === GalleryModel.Ready && root.gallery.matching === 0
        spacing: Theme.gap16
        Grid {
            Layout.alignment: Qt.AlignHCenter
            visible: !root.gallery.filtered
            columns: 2
            spacing: Theme.gap8
            Repeater {
                model: 4
                DashedFrame { width: 56; height: 56; radius: Theme.smallRadius }
            }
        }
        EmptyState {
            Layout.fillWidth: true
            title: root.gallery.filtered ? qsTr("No picture fits") : qsTr("No pictures yet")
            text: root.gallery.filtered ? qsTr("None of the %n picture(s) passes the search.", "", root.gallery.total)
                                        : qsTr("Every picture you make is kept here with its settings.")
            action: root.gallery.filtered ? qsTr("Show all") : ""
            onActed: root.gallery.clearFilter()
        }
    }
    ErrorState {
        anchors { verticalCenter: parent.verticalCenter; left: parent.left; right: parent.right; margins: Theme.gap16 }
        visible: root.gallery.state === GalleryModel.Failed
        title: qsTr("The gallery cannot be read.")
        text: root.gallery.errorText
        action: qsTr("Try again")
        onActed: root.gallery.reload()
    }
    Item {
        id: undo

        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        height: root.gallery.canUndo ? Theme.header : 0
        visible: root.gallery.canUndo
        clip: true
        Separator { width: parent.width }
        RowLayout {
            anchors { fill: parent; leftMargin: Theme.gap16; rightMargin: Theme.gap8 }
            Label {
                Layout.fillWidth: true
                text: qsTr("Picture deleted")
                color: Theme.colors.secondary
            }
            Button {
                kind: Button.Ghost
                text: qsTr("Undo")
                keys: "Ctrl+Z"
                onClicked: root.gallery.undoRemove()
            }
        }
    }
    Separator { anchors { left: parent.left; top: parent.top; bottom: parent.bottom } }
}
