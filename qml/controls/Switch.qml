// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// On or off.
T.Switch {
    id: root

    property string help

    implicitWidth: root.text.length > 0 ? implicitContentWidth : Theme.control
    implicitHeight: Theme.control
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: root.text
    Accessible.description: root.help

    indicator: Rectangle {
        y: (root.height - height) / 2
        width: 28
        height: 16
        radius: 8
        color: root.checked ? Theme.colors.trackFill : Theme.colors.track
        Behavior on color { ColorAnimation { duration: Theme.hoverTime } }
        Rectangle {
            x: root.checked ? parent.width - width - 2 : 2
            y: 2
            width: 12
            height: 12
            radius: 6
            color: root.enabled ? Theme.colors.handle : Theme.colors.disabled
            Behavior on x { NumberAnimation { duration: Theme.hoverTime } }
        }
        FocusRing { shown: root.visualFocus; radius: 8 }
    }
    contentItem: Label {
        leftPadding: Theme.control + Theme.gap8
        text: root.text
    }
    Tooltip { text: root.help; shown: root.hovered }
}
