// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// Before the first picture: where it will be, and prompts to start from.
Item {
    id: root

    required property list<string> prompts
    required property string current

    signal chosen(string prompt)

    Column {
        anchors.centerIn: parent
        width: parent.width - 2 * Theme.gap24
        spacing: Theme.gap16

        DashedFrame {
            anchors.horizontalCenter: parent.horizontalCenter
            width: Math.max(160, Math.min(320, root.height - 140))
            height: width
            EmptyState {
                anchors.centerIn: parent
                width: Math.min(270, parent.width - Theme.gap24)
                iconName: "generate"
                title: qsTr("Your picture appears here")
                text: qsTr("It shows from the first step on. Or drop a PNG made with Darkroom or A1111 to restore its settings.")
                ink: Theme.colors.canvasText
                secondaryInk: Theme.colors.canvasSecondary
            }
        }
        Item { width: 1; height: Theme.gap4; visible: root.prompts.length > 0 }
        Label {
            anchors.horizontalCenter: parent.horizontalCenter
            visible: root.prompts.length > 0
            text: qsTr("Prompts that the pocket model knows well")
            size: Theme.captionSize
            color: Theme.colors.canvasSecondary
        }
        Flow {
            id: chips

            readonly property real natural: {
                let sum = -spacing;
                for (let i = 0; i < rows.count; ++i)
                    sum += (rows.itemAt(i) as Item).implicitWidth + spacing;
                return sum;
            }

            anchors.horizontalCenter: parent.horizontalCenter
            width: Math.min(parent.width, chips.natural)
            spacing: Theme.gap8
            Repeater {
                id: rows

                model: root.prompts
                Chip {
                    id: chip

                    required property string modelData

                    implicitHeight: Theme.compactControl
                    size: Theme.bodySize
                    text: chip.modelData
                    on: root.current === chip.modelData
                    help: qsTr("Take this prompt")
                    onClicked: root.chosen(chip.modelData)
                }
            }
        }
    }
}
