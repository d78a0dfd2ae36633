// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// A kind of finding and how often it was met.
Item {
    id: root

    required property int index
    required property string key
    required property string title
    required property string help
    required property string countText
    property bool chosen: false
    property bool focused: false

    signal tapped

    implicitHeight: Theme.listRow
    Accessible.role: Accessible.ListItem
    Accessible.name: qsTr("%1, %2").arg(root.title).arg(root.countText)
    Accessible.description: root.help
    Accessible.selected: root.chosen
    Accessible.onPressAction: root.tapped()

    Rectangle {
        anchors.fill: parent
        radius: Theme.smallRadius
        color: root.chosen ? Theme.colors.accentSoft : pointer.hovered ? Theme.colors.rowHover : "transparent"
        FocusRing { shown: root.focused }
    }
    RowLayout {
        anchors { fill: parent; leftMargin: Theme.gap8; rightMargin: Theme.gap8 }
        spacing: Theme.gap8
        Label {
            Layout.fillWidth: true
            text: root.title
            weight: root.chosen ? Theme.strong : Theme.regular
        }
        Label {
            text: root.countText
            color: root.chosen ? Theme.colors.text : Theme.colors.secondary
        }
    }
    HoverHandler { id: pointer }
    TapHandler { onTapped: root.tapped() }
    Tooltip { text: root.help; shown: pointer.hovered; beside: true }
}
