// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// A model in the list.
Item {
    id: root

    required property int index
    required property string path
    required property string name
    required property string detail
    property bool selected: false
    property bool focused: false

    signal chosen

    implicitHeight: 40
    Accessible.role: Accessible.ListItem
    Accessible.name: qsTr("%1, %2").arg(root.name).arg(root.detail)
    Accessible.selected: root.selected
    Accessible.onPressAction: root.chosen()

    Rectangle {
        anchors.fill: parent
        color: root.selected ? Theme.colors.accentSoft : pointer.hovered ? Theme.colors.rowHover : "transparent"
    }
    Rectangle {
        visible: root.selected
        width: 2
        height: parent.height
        color: Theme.colors.accent
    }
    RowLayout {
        anchors { fill: parent; leftMargin: Theme.panelPadding; rightMargin: Theme.gap12 }
        spacing: Theme.gap8
        Label {
            id: title

            Layout.fillWidth: true
            text: root.name
            weight: root.selected ? Theme.strong : Theme.medium
        }
        Label {
            text: root.detail
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    Item {
        anchors { fill: parent; margins: 3 }
        FocusRing { shown: root.focused }
    }
    HoverHandler { id: pointer }
    Tooltip { text: title.truncated ? root.name : ""; shown: pointer.hovered }
    TapHandler { onTapped: root.chosen() }
}
