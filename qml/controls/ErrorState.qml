// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme

/// What happened, what to do, and the details on demand.
ColumnLayout {
    id: root

    required property string title
    property string text
    /// Log lines; shown when asked for.
    property string detail
    property string action
    property bool closable: false
    property bool open: false

    signal acted
    signal closed

    spacing: Theme.gap8
    Accessible.role: Accessible.AlertMessage
    Accessible.name: root.title
    Accessible.description: root.text

    RowLayout {
        spacing: Theme.gap8
        Icon {
            Layout.alignment: Qt.AlignTop
            icon: "error"
            color: Theme.colors.error
        }
        Label {
            Layout.fillWidth: true
            text: root.title
            weight: Theme.medium
            wrapMode: Text.Wrap
        }
        IconButton {
            visible: root.closable
            side: Theme.compactControl
            iconName: "close"
            iconSize: Theme.smallIcon
            text: qsTr("Close")
            onClicked: root.closed()
        }
    }
    Label {
        Layout.fillWidth: true
        Layout.leftMargin: Theme.gap24
        visible: root.text.length > 0
        text: root.text
        color: Theme.colors.secondary
        wrapMode: Text.Wrap
    }
    LogText {
        Layout.fillWidth: true
        Layout.leftMargin: Theme.gap24
        visible: root.open && root.detail.length > 0
        text: root.detail
    }
    RowLayout {
        Layout.leftMargin: Theme.gap24
        visible: root.action.length > 0 || root.detail.length > 0
        spacing: Theme.gap8
        Button {
            objectName: "action"
            visible: root.action.length > 0
            text: root.action
            onClicked: root.acted()
        }
        Button {
            objectName: "details"
            visible: root.detail.length > 0
            kind: Button.Ghost
            text: root.open ? qsTr("Hide details") : qsTr("Details")
            onClicked: root.open = !root.open
        }
    }
}
