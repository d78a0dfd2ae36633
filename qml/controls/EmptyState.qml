// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme

/// Nothing here yet: what will be here, and the next action.
ColumnLayout {
    id: root

    property string iconName
    required property string title
    property string text
    property string action
    property string actionIcon
    property color ink: Theme.colors.text
    property color secondaryInk: Theme.colors.secondary

    signal acted

    spacing: Theme.gap4
    Accessible.role: Accessible.Grouping
    Accessible.name: root.title
    Accessible.description: root.text

    Icon {
        Layout.alignment: Qt.AlignHCenter
        Layout.bottomMargin: Theme.gap8
        visible: root.iconName.length > 0
        icon: root.iconName
        size: 28
        color: root.secondaryInk
    }
    Label {
        Layout.fillWidth: true
        horizontalAlignment: Text.AlignHCenter
        text: root.title
        size: Theme.titleSize
        weight: Theme.strong
        color: root.ink
        wrapMode: Text.Wrap
    }
    Label {
        Layout.fillWidth: true
        visible: root.text.length > 0
        horizontalAlignment: Text.AlignHCenter
        text: root.text
        color: root.secondaryInk
        wrapMode: Text.Wrap
    }
    Button {
        objectName: "action"
        Layout.alignment: Qt.AlignHCenter
        Layout.topMargin: Theme.gap12
        visible: root.action.length > 0
        text: root.action
        iconName: root.actionIcon
        onClicked: root.acted()
    }
}
