// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// A source: one of its pictures, name, kind, how much it is.
Item {
    id: root

    required property int index
    required property string key
    required property string title
    required property string kind
    required property string detail
    required property string countText
    required property string countUnit
    required property url picture
    required property string problem
    property bool chosen: false
    property bool focused: false

    signal tapped
    signal removeAsked

    implicitHeight: 64
    Accessible.role: Accessible.ListItem
    Accessible.name: qsTr("%1, %2, %3 %4").arg(root.title).arg(root.kind).arg(root.countText).arg(root.countUnit)
    Accessible.description: root.problem
    Accessible.selected: root.chosen
    Accessible.onPressAction: root.tapped()

    Rectangle {
        anchors.fill: parent
        color: root.chosen ? Theme.colors.accentSoft : pointer.hovered ? Theme.colors.rowHover : "transparent"
        Rectangle {
            visible: root.chosen
            width: 2
            height: parent.height
            color: Theme.colors.accent
        }
        FocusRing {
            anchors.margins: 2
            shown: root.focused
        }
    }
    RowLayout {
        anchors { fill: parent; leftMargin: Theme.panelPadding; rightMargin: Theme.gap8 }
        spacing: Theme.gap12
        Rectangle {
            Layout.preferredWidth: 40
            Layout.preferredHeight: 40
            radius: Theme.smallRadius
            color: Theme.colors.field
            clip: true
            Image {
                anchors.fill: parent
                visible: String(root.picture).length > 0
                source: root.picture
                sourceSize { width: 80; height: 80 }
                fillMode: Image.PreserveAspectCrop
                asynchronous: true
            }
            Icon {
                anchors.centerIn: parent
                visible: String(root.picture).length === 0
                icon: root.problem.length > 0 ? "warning" : "datasets"
                size: Theme.toolIcon
                color: root.problem.length > 0 ? Theme.colors.warning : Theme.colors.secondary
            }
        }
        ColumnLayout {
            Layout.fillWidth: true
            spacing: 0
            Label {
                Layout.fillWidth: true
                text: root.title
                weight: Theme.medium
            }
            Label {
                Layout.fillWidth: true
                text: root.problem.length > 0 ? root.problem : root.detail
                size: Theme.captionSize
                color: root.problem.length > 0 ? Theme.colors.warning : Theme.colors.secondary
            }
            Row {
                visible: root.countText.length > 0
                spacing: Theme.gap4
                Label { text: root.countText; size: Theme.captionSize; weight: Theme.medium }
                Label { text: root.countUnit; size: Theme.captionSize; color: Theme.colors.secondary }
            }
        }
        IconButton {
            visible: pointer.hovered || root.focused
            side: Theme.compactControl
            iconName: "close"
            iconSize: Theme.tinyIcon
            text: qsTr("Forget %1").arg(root.title)
            help: qsTr("Takes the source from the list; its files and rules stay")
            focusPolicy: Qt.NoFocus
            onClicked: root.removeAsked()
        }
    }
    HoverHandler { id: pointer }
    TapHandler { onTapped: root.tapped() }
    Tooltip { text: qsTr("%1 · %2").arg(root.title).arg(root.kind); shown: pointer.hovered; beside: true }
}
