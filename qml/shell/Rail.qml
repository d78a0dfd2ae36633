// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// The slim column of pages at the left edge; Up and Down go through it.
FocusScope {
    id: root

    required property ShellViewModel shell

    signal settingsAsked

    implicitWidth: Theme.railWidth
    Accessible.role: Accessible.PageTabList
    Accessible.name: qsTr("Pages")

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.surface
    }
    Column {
        y: Theme.gap4
        spacing: Theme.gap4
        Repeater {
            model: root.shell.pages
            RailItem {
                id: item

                required property string key
                required property string title
                required property string shortcut

                iconName: item.key
                text: item.title
                keys: item.shortcut
                current: root.shell.page === item.key
                onClicked: root.shell.page = item.key
            }
        }
    }
    RailItem {
        anchors { bottom: parent.bottom; bottomMargin: Theme.gap4 }
        iconName: "settings"
        text: qsTr("Look and motion")
        role: Accessible.Button
        onClicked: root.settingsAsked()
    }
    Separator { anchors { right: parent.right; top: parent.top; bottom: parent.bottom } }
}
