// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// A stage: its state, how far it is, and what it left out.
Item {
    id: root

    required property int index
    required property string key
    required property string title
    required property string state_
    required property double progress
    required property string percentText
    required property string line
    required property string detail
    required property int quarantined
    required property bool anew
    required property string problem
    required property string log
    property bool chosen: false
    property bool focused: false
    property bool last: false
    property bool idle: true
    readonly property bool live: root.state_ === "running"
    readonly property bool quiet: root.state_ === "waiting" || root.state_ === "skipped"

    signal tapped
    signal runAsked
    signal anewAsked
    signal quarantineAsked

    Accessible.role: Accessible.ListItem
    Accessible.name: qsTr("%1: %2").arg(root.title).arg(root.line)
    Accessible.description: root.problem.length > 0 ? root.problem : root.detail
    Accessible.selected: root.chosen
    Accessible.onPressAction: root.tapped()

    Rectangle {
        anchors { fill: parent; leftMargin: root.index === 0 ? -Theme.gap8 : Theme.gap4; rightMargin: Theme.gap4 }
        radius: Theme.radius
        color: pointer.hovered ? Theme.colors.rowHover : "transparent"
        FocusRing { shown: root.focused }
    }
    Separator {
        visible: !root.last
        anchors { right: parent.right; top: parent.top; bottom: parent.bottom }
    }
    ColumnLayout {
        anchors { left: parent.left; right: parent.right; leftMargin: root.index === 0 ? 0 : Theme.gap16; rightMargin: Theme.gap16 }
        spacing: 0
        RowLayout {
            Layout.fillWidth: true
            Layout.preferredHeight: 24
            spacing: Theme.gap8
            StageMark { stage: root.state_ }
            Label {
                text: root.title
                weight: Theme.strong
                color: root.quiet ? Theme.colors.secondary : Theme.colors.text
            }
            Label {
                Layout.fillWidth: true
                visible: root.chosen && !root.live
                text: qsTr("to here")
                size: Theme.captionSize
                color: Theme.colors.accentText
            }
            Item { Layout.fillWidth: true }
            Label {
                visible: root.live
                text: root.percentText
                weight: Theme.medium
            }
            IconButton {
                objectName: "anew"
                visible: root.idle && root.anew && pointer.hovered
                side: 20
                iconName: "restore"
                iconSize: Theme.tinyIcon
                text: qsTr("Start %1 anew").arg(root.title)
                help: qsTr("Begins with the rules and options as they are now; pictures of finished shards are taken over where their size stays")
                focusPolicy: Qt.NoFocus
                onClicked: root.anewAsked()
            }
            IconButton {
                visible: root.idle && root.state_ !== "skipped" && pointer.hovered
                side: 20
                iconName: "play"
                iconSize: Theme.tinyIcon
                text: qsTr("Run %1 alone").arg(root.title)
                focusPolicy: Qt.NoFocus
                onClicked: root.runAsked()
            }
        }
        ProgressBar {
            Layout.fillWidth: true
            Layout.bottomMargin: Theme.gap6
            label: root.title
            live: root.live
            indeterminate: root.live && root.progress < 0
            value: root.state_ === "skipped" ? 0 : Math.max(0, root.progress)
        }
        Label {
            Layout.fillWidth: true
            text: root.line
            size: Theme.captionSize
            color: root.quiet ? Theme.colors.secondary : Theme.colors.text
        }
        Label {
            Layout.fillWidth: true
            text: root.problem.length > 0 ? root.problem : root.detail
            size: Theme.captionSize
            color: root.problem.length > 0 ? Theme.colors.error : Theme.colors.secondary
        }
        Row {
            visible: root.quarantined > 0
            spacing: Theme.gap4
            Icon {
                anchors.verticalCenter: parent.verticalCenter
                icon: "warning"
                size: Theme.tinyIcon
                color: Theme.colors.warning
            }
            Label {
                text: qsTr("%1 quarantined").arg(Format.count(root.quarantined))
                size: Theme.captionSize
                color: Theme.colors.warning
            }
            TapHandler { onTapped: root.quarantineAsked() }
        }
    }
    HoverHandler { id: pointer }
    TapHandler { onTapped: root.tapped() }
    Tooltip {
        text: root.problem.length > 0 ? root.problem + "\n" + root.log : qsTr("%1: %2").arg(root.line).arg(root.detail)
        shown: pointer.hovered
    }
}
