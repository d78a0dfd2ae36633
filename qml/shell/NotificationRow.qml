// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// Something that the user should know.
Item {
    id: root

    required property int index
    required property string kind
    required property string title
    required property string detail
    required property string time
    required property string action
    required property string actionTitle
    property bool open: false

    signal acted(string action)
    signal dismissed(int index)

    implicitHeight: column.implicitHeight + Theme.gap16
    height: implicitHeight
    Accessible.role: Accessible.AlertMessage
    Accessible.name: root.title

    ColumnLayout {
        id: column

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.gap16; rightMargin: Theme.gap8; topMargin: Theme.gap8 }
        spacing: Theme.gap6
        RowLayout {
            spacing: Theme.gap8
            StateIcon {
                Layout.alignment: Qt.AlignTop
                kind: root.kind
            }
            Label {
                Layout.fillWidth: true
                text: root.title
                wrapMode: Text.Wrap
            }
            Label {
                Layout.alignment: Qt.AlignTop
                text: root.time
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
            IconButton {
                Layout.alignment: Qt.AlignTop
                side: Theme.chip
                iconName: "close"
                iconSize: Theme.tinyIcon
                text: qsTr("Dismiss")
                onClicked: root.dismissed(root.index)
            }
        }
        LogText {
            Layout.fillWidth: true
            Layout.leftMargin: Theme.gap24
            Layout.rightMargin: Theme.gap8
            visible: root.open
            text: root.detail
        }
        RowLayout {
            Layout.leftMargin: Theme.gap24
            visible: root.action.length > 0 || root.detail.length > 0
            spacing: Theme.gap8
            Button {
                visible: root.action.length > 0
                text: root.actionTitle
                onClicked: root.acted(root.action)
            }
            Button {
                visible: root.detail.length > 0
                kind: Button.Ghost
                text: root.open ? qsTr("Hide details") : qsTr("Details")
                onClicked: root.open = !root.open
            }
        }
    }
}
