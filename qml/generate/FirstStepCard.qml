// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// One of the first steps.
Item {
    id: root

    required property int number
    required property bool current
    required property bool done
    required property string title
    required property string text
    required property string action
    required property string actionIcon
    property string time
    property string keys
    property bool ready: true

    signal acted

    implicitHeight: column.implicitHeight + 2 * Theme.gap16

    ColumnLayout {
        id: column

        anchors { fill: parent; margins: Theme.gap16 }
        spacing: Theme.gap8

        RowLayout {
            spacing: Theme.gap8
            Rectangle {
                implicitWidth: 20
                implicitHeight: 20
                radius: 10
                color: root.current ? Theme.colors.accent : Theme.colors.segmentTrack
                Label {
                    anchors.centerIn: parent
                    visible: !root.done
                    text: root.number
                    size: Theme.captionSize
                    weight: Theme.strong
                    color: root.current ? Theme.colors.accentContrast : Theme.colors.secondary
                }
                Icon {
                    anchors.centerIn: parent
                    visible: root.done
                    icon: "ok"
                    size: Theme.tinyIcon
                    color: Theme.colors.ok
                }
            }
            Label {
                Layout.fillWidth: true
                text: root.title
                size: Theme.titleSize
                weight: Theme.strong
            }
            Label {
                text: root.time
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
        }
        Label {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.minimumHeight: 32
            verticalAlignment: Text.AlignTop
            text: root.text
            color: Theme.colors.secondary
            wrapMode: Text.Wrap
        }
        RowLayout {
            spacing: Theme.gap8
            Button {
                text: root.action
                iconName: root.actionIcon
                enabled: root.ready
                onClicked: root.acted()
            }
            KeyHint {
                visible: root.keys.length > 0
                keys: root.keys
            }
        }
    }
}
