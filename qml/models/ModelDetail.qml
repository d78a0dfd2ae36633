// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// What is known of the chosen model, and what can be done with it.
Item {
    id: root

    required property ModelsViewModel models

    signal paletteAsked

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.window
    }
    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; leftMargin: Theme.gap16; rightMargin: Theme.gap8 }
        height: Theme.header
        spacing: Theme.gap8
        Label {
            Layout.fillWidth: true
            text: root.models.selectedName
            size: Theme.titleSize
            weight: Theme.strong
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        PaletteButton { onClicked: root.paletteAsked() }
    }
    Separator {
        id: line

        anchors { left: parent.left; right: parent.right; top: head.bottom }
    }
    EmptyState {
        anchors.centerIn: parent
        width: 320
        visible: root.models.selected.length === 0
        iconName: "models"
        title: qsTr("No model is chosen")
        text: qsTr("Drop a .safetensors, .ckpt or .pt file or a diffusers folder here, or download one by its name.")
    }
    Flickable {
        id: scroll

        anchors { left: parent.left; right: parent.right; top: line.bottom; bottom: parent.bottom }
        visible: root.models.selected.length > 0
        clip: true
        contentHeight: column.height
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ScrollBar {}

        ColumnLayout {
            id: column

            x: Theme.gap16
            width: Math.min(scroll.width - 2 * Theme.gap16, 760)
            spacing: Theme.gap8

            Item { implicitHeight: Theme.gap8 }
            ErrorState {
                Layout.fillWidth: true
                visible: root.models.problem.length > 0
                title: qsTr("The engine cannot load this model.")
                text: root.models.problem
            }
            Column {
                visible: root.models.loadingFacts && facts.count === 0
                spacing: Theme.gap8
                Repeater {
                    model: 5
                    Skeleton { width: column.width * 0.7; height: 16 }
                }
            }
            Repeater {
                id: facts

                model: root.models.facts
                ModelFactRow { Layout.fillWidth: true }
            }
            RowLayout {
                Layout.topMargin: Theme.gap8
                spacing: Theme.gap8
                Button {
                    text: qsTr("Compute hashes")
                    help: qsTr("Reads the whole file: the SHA-256, and the ten digits that AUTOMATIC1111 shows")
                    enabled: !root.models.loadingFacts
                    onClicked: root.models.hash()
                }
                Button {
                    visible: root.models.canDelete
                    iconName: "trash"
                    text: qsTr("Delete")
                    help: qsTr("Moves the model into the bin of the workspace (Del)")
                    onClicked: root.models.deleteSelected()
                }
            }
            Separator {
                Layout.fillWidth: true
                Layout.topMargin: Theme.gap12
            }
            SectionHeader {
                Layout.fillWidth: true
                Layout.topMargin: Theme.gap4
                title: qsTr("Convert")
                detail: qsTr("the result lies beside it in this workspace")
            }
            ConvertForm {
                onAsked: (form, dtype, weights) => root.models.convert(form, dtype, weights)
            }
            Item { implicitHeight: Theme.gap16 }
        }
    }
}
