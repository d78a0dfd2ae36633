// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// An import, a download or a conversion: how far it is, or how it ended.
ColumnLayout {
    id: root

    required property var model
    required property string title
    required property string text
    required property string detail
    required property double progress
    readonly property int taskId: root.model.id
    readonly property string taskState: root.model.state
    property bool detailOpen: false
    readonly property bool working: root.taskState === "running" || root.taskState === "copying" || root.taskState === "stopping"

    signal stopAsked(int taskId)
    signal dismissAsked(int taskId)

    spacing: Theme.gap4
    RowLayout {
        spacing: Theme.gap6
        Icon {
            visible: !root.working
            icon: root.taskState === "done" ? "ok" : root.taskState === "failed" ? "error" : "info"
            size: Theme.smallIcon
            color: root.taskState === "failed" ? Theme.colors.error : Theme.colors.secondary
        }
        Label {
            Layout.fillWidth: true
            text: root.title
            weight: Theme.medium
        }
        IconButton {
            visible: root.taskState === "running" || !root.working
            side: Theme.compactControl
            iconName: root.working ? "stop" : "close"
            iconSize: Theme.smallIcon
            text: root.working ? qsTr("Stop") : qsTr("Close")
            onClicked: root.working ? root.stopAsked(root.taskId) : root.dismissAsked(root.taskId)
        }
    }
    ProgressBar {
        Layout.fillWidth: true
        visible: root.working
        label: root.title
        indeterminate: root.progress < 0
        value: root.progress
    }
    Label {
        Layout.fillWidth: true
        visible: root.text.length > 0
        text: root.text
        size: Theme.captionSize
        color: Theme.colors.secondary
        wrapMode: Text.Wrap
    }
    Button {
        visible: root.taskState === "failed" && root.detail.length > 0
        kind: Button.Ghost
        text: root.detailOpen ? qsTr("Hide details") : qsTr("Details")
        onClicked: root.detailOpen = !root.detailOpen
    }
    LogText {
        Layout.fillWidth: true
        visible: root.detailOpen && root.taskState === "failed"
        text: root.detail
    }
}
