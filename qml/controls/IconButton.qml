// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// A square button with an icon; `text` is its accessible name, and its tooltip unless `help` says more.
T.Button {
    id: root

    required property string iconName
    property string help
    /// Filled like a field, or nothing until the pointer is on it.
    property bool filled: false
    /// On, in the soft accent: a lock, a tool.
    property bool active: false
    property int iconSize: Theme.buttonIcon
    property int side: Theme.control

    implicitWidth: root.side
    implicitHeight: root.side
    padding: 0
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: root.text
    Accessible.description: root.help
    Accessible.checked: root.active
    Keys.onReturnPressed: root.clicked()
    Keys.onEnterPressed: root.clicked()

    contentItem: Item {
        Icon {
            anchors.centerIn: parent
            icon: root.iconName
            size: root.iconSize
            color: !root.enabled ? Theme.colors.disabled : root.active ? Theme.colors.accentText
                                 : root.hovered || root.filled ? Theme.colors.text : Theme.colors.secondary
        }
    }
    background: Rectangle {
        color: root.active ? Theme.colors.accentSoft : root.down ? Theme.colors.fieldPressed : root.hovered ? Theme.colors.fieldHover
                           : root.filled ? Theme.colors.field : "transparent"
        radius: Theme.radius
        border.width: root.filled && !root.active ? 1 : 0
        border.color: Theme.colors.fieldBorder
        Behavior on color { ColorAnimation { duration: Theme.hoverTime } }
        FocusRing { shown: root.visualFocus }
    }
    Tooltip { text: root.help.length > 0 ? root.help : root.text; shown: root.hovered }
}
