// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// The line at the bottom, whatever page is open: the engine, what is going on, the devices, what there is to know.
Rectangle {
    id: root

    required property ShellViewModel shell

    signal notificationsAsked

    function stateColor(): color {
        return root.shell.engineState === ShellViewModel.EngineReady ? Theme.colors.ok
             : root.shell.engineState === ShellViewModel.EngineFailed ? Theme.colors.error : Theme.colors.warning;
    }

    implicitHeight: Theme.activityBar
    color: Theme.colors.surface

    Separator { width: parent.width }
    RowLayout {
        anchors { fill: parent; topMargin: Theme.separator; leftMargin: Theme.gap16; rightMargin: Theme.gap4 }
        spacing: Theme.gap12

        RowLayout {
            spacing: Theme.gap8
            Rectangle {
                implicitWidth: 8
                implicitHeight: 8
                radius: 4
                color: root.stateColor()
            }
            Label {
                text: root.shell.engineText
                size: Theme.captionSize
                weight: Theme.medium
            }
            Label {
                text: root.shell.engineDetail
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
        }
        Separator { Layout.fillHeight: true }
        Label {
            visible: root.shell.activities.count === 0
            text: qsTr("Nothing running")
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
        ListView {
            Layout.fillWidth: true
            Layout.fillHeight: true
            orientation: ListView.Horizontal
            clip: true
            spacing: Theme.gap12
            model: root.shell.activities
            boundsBehavior: Flickable.StopAtBounds
            delegate: ActivityEntry {
                height: ListView.view ? ListView.view.height : 0
                onOpened: page => root.shell.page = page
                onCancelled: key => root.shell.cancelActivity(key)
            }
        }
        Repeater {
            model: root.shell.devices
            DeviceMeter {
                Layout.fillHeight: true
                compact: root.width < Theme.foldWidth
            }
        }
        Separator { Layout.fillHeight: true }
        T.Button {
            id: bell

            Layout.fillHeight: true
            implicitWidth: implicitContentWidth + Theme.gap16
            hoverEnabled: true
            focusPolicy: Qt.StrongFocus
            Accessible.name: qsTr("Notifications, %n unread", "", root.shell.unread)
            Keys.onReturnPressed: bell.clicked()
            onClicked: root.notificationsAsked()
            contentItem: CenteredRow {
                spacing: Theme.gap4
                Icon {
                    icon: "bell"
                    size: Theme.smallIcon
                    color: root.shell.unread > 0 || bell.hovered ? Theme.colors.text : Theme.colors.secondary
                }
                Label {
                    visible: root.shell.unread > 0
                    text: root.shell.unread
                    size: Theme.captionSize
                    weight: Theme.strong
                }
            }
            background: Item { FocusRing { shown: bell.visualFocus; anchors.margins: 3 } }
        }
    }
}
