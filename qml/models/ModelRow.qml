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
    required property string group
    readonly property bool startsGroup: ListView.previousSection !== ListView.section
    property bool selected: false
    property bool focused: false

    signal chosen

    implicitHeight: 40 + (root.startsGroup ? heading.height : 0)
    Accessible.role: Accessible.ListItem
    Accessible.name: qsTr("%1, %2").arg(root.name).arg(root.detail)
    Accessible.selected: root.selected
    Accessible.onPressAction: root.chosen()

    Label {
        id: heading

        visible: root.startsGroup
        leftPadding: Theme.panelPadding
        topPadding: Theme.gap12
        bottomPadding: Theme.gap4
        text: root.group
        size: Theme.captionSize
        color: Theme.colors.secondary
    }
    Item {
        id: body

        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        height: 40
    }
    Rectangle {
        anchors.fill: body
        color: root.selected ? Theme.colors.accentSoft : pointer.hovered ? Theme.colors.rowHover : "transparent"
    }
    Rectangle {
        visible: root.selected
        anchors { left: body.left; top: body.top; bottom: body.bottom }
        width: 2
        color: Theme.colors.accent
    }
    RowLayout {
        anchors { fill: body; leftMargin: Theme.panelPadding; rightMargin: Theme.gap12 }
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
        anchors { fill: body; margins: 3 }
        FocusRing { shown: root.focused }
    }
    HoverHandler { id: pointer }
    Tooltip { text: title.truncated ? root.name : ""; shown: pointer.hovered }
    TapHandler { onTapped: root.chosen() }
}
