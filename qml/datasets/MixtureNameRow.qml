// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// A mixture of the workspace in the list of them.
Item {
    id: root

    required property int index
    required property string key
    required property string detail
    property bool chosen: false
    property bool focused: false

    signal tapped

    implicitHeight: 44
    Accessible.role: Accessible.ListItem
    Accessible.name: root.key
    Accessible.description: root.detail
    Accessible.selected: root.chosen
    Accessible.onPressAction: root.tapped()

    Rectangle {
        anchors.fill: parent
        radius: Theme.smallRadius
        color: root.chosen ? Theme.colors.accentSoft : pointer.hovered ? Theme.colors.rowHover : "transparent"
        FocusRing { shown: root.focused }
    }
    ColumnLayout {
        anchors { left: parent.left; right: parent.right; verticalCenter: parent.verticalCenter; leftMargin: Theme.gap8; rightMargin: Theme.gap8 }
        spacing: 0
        Label {
            Layout.fillWidth: true
            text: root.key
            weight: Theme.medium
        }
        Label {
            Layout.fillWidth: true
            text: root.detail
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    HoverHandler { id: pointer }
    TapHandler { onTapped: root.tapped() }
}
