// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls

/// A page in the rail.
T.Button {
    id: root

    required property string iconName
    property string keys
    property bool current: false
    property int role: Accessible.PageTab

    implicitWidth: Theme.railWidth
    implicitHeight: Theme.railItem
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.role: root.role
    Accessible.name: root.text
    Accessible.selected: root.current
    Keys.onReturnPressed: root.clicked()
    Keys.onUpPressed: root.nextItemInFocusChain(false).forceActiveFocus(Qt.BacktabFocusReason)
    Keys.onDownPressed: root.nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason)

    contentItem: Item {
        Icon {
            anchors.centerIn: parent
            icon: root.iconName
            size: Theme.railIcon
            color: root.current ? Theme.colors.accent : root.hovered ? Theme.colors.text : Theme.colors.secondary
        }
    }
    background: Item {
        Rectangle {
            visible: root.current
            y: (parent.height - height) / 2
            width: 2
            height: 28
            color: Theme.colors.accent
        }
        Item {
            anchors { fill: parent; margins: Theme.gap4 }
            FocusRing { shown: root.visualFocus }
        }
    }
    Tooltip {
        beside: true
        text: root.keys.length > 0 ? qsTr("%1 (%2)").arg(root.text).arg(root.keys) : root.text
        shown: root.hovered
    }
}
