// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQml.Models
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Search by prompt, filter by model, date and stars.
ColumnLayout {
    id: root

    required property GalleryModel gallery

    spacing: Theme.gap8

    SearchField {
        Layout.fillWidth: true
        label: qsTr("Search prompts")
        placeholderText: qsTr("Search prompts")
        text: root.gallery.search
        onTextChanged: if (root.gallery.search !== text) root.gallery.search = text
    }
    RowLayout {
        spacing: Theme.gap6
        Chip {
            id: modelChip

            Layout.maximumWidth: 96
            text: root.gallery.modelFilter.length > 0 ? root.gallery.titleOf(root.gallery.modelFilter) : qsTr("All models")
            on: root.gallery.modelFilter.length > 0
            opensMenu: true
            open: models.visible
            help: qsTr("Pictures of one model")
            onClicked: models.open()
            ContextMenu {
                id: models

                y: modelChip.height + Theme.gap4
                MenuRow {
                    text: qsTr("All models")
                    current: root.gallery.modelFilter.length === 0
                    onTriggered: root.gallery.modelFilter = ""
                }
                Instantiator {
                    model: root.gallery.models
                    delegate: MenuRow {
                        id: modelRow

                        required property string modelData

                        text: root.gallery.titleOf(modelRow.modelData)
                        current: root.gallery.modelFilter === modelRow.modelData
                        onTriggered: root.gallery.modelFilter = modelRow.modelData
                    }
                    onObjectAdded: (index, object) => models.insertItem(index + 1, object as MenuRow)
                    onObjectRemoved: (index, object) => models.removeItem(object as MenuRow)
                }
            }
        }
        GalleryPeriod { gallery: root.gallery }
        Item { Layout.fillWidth: true }
        Chip {
            id: starChip

            text: root.gallery.minimumRating > 0 ? qsTr("%1 and more").arg(root.gallery.minimumRating) : qsTr("Any")
            iconName: "star-filled"
            on: root.gallery.minimumRating > 0
            open: stars.visible
            help: qsTr("Pictures with at least so many stars")
            onClicked: stars.open()
            ContextMenu {
                id: stars

                y: starChip.height + Theme.gap4
                x: starChip.width - width
                implicitWidth: 160
                Instantiator {
                    model: 6
                    delegate: MenuRow {
                        id: starRow

                        required property int index

                        text: starRow.index === 0 ? qsTr("Any") : starRow.index === 5 ? qsTr("5 stars") : qsTr("%n star(s) and more", "", starRow.index)
                        current: root.gallery.minimumRating === starRow.index
                        onTriggered: root.gallery.minimumRating = starRow.index
                    }
                    onObjectAdded: (index, object) => stars.insertItem(index, object as MenuRow)
                    onObjectRemoved: (index, object) => stars.removeItem(object as MenuRow)
                }
            }
        }
    }
}
