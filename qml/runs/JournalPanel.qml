// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// What was asked of the run and what happened to it; or only what tells of trouble.
Item {
    id: root

    required property RunViewModel run
    property bool alarmsOnly: false

    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding; topMargin: Theme.gap4 }
        height: Theme.formRow
        Label {
            Layout.fillWidth: true
            text: qsTr("Journal")
            weight: Theme.strong
        }
        SegmentedControl {
            rowHeight: Theme.compactControl
            label: qsTr("Entries")
            current: root.alarmsOnly ? "alarms" : "all"
            onChosen: key => root.alarmsOnly = key === "alarms"
            Segment { key: "all"; text: qsTr("all") }
            Segment { key: "alarms"; text: qsTr("%n alarm(s)", "", root.run.alarms.count); help: qsTr("Only what tells of trouble") }
        }
    }
    ListView {
        id: list

        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom; bottomMargin: Theme.gap4 }
        clip: true
        activeFocusOnTab: true
        model: root.alarmsOnly ? root.run.alarms : root.run.journal
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ScrollBar {}
        delegate: RowLayout {
            id: row

            required property string kind
            required property string text
            required property double secondsAgo

            width: list.width
            height: Theme.listRow
            spacing: Theme.gap8
            StateIcon {
                Layout.leftMargin: Theme.panelPadding
                kind: row.kind
                size: Theme.smallIcon
            }
            Label {
                id: words

                Layout.fillWidth: true
                text: row.text
                HoverHandler { id: pointer }
                Tooltip { text: words.truncated ? row.text : ""; shown: pointer.hovered }
            }
            Label {
                Layout.rightMargin: Theme.panelPadding
                text: Format.ago(row.secondsAgo)
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
        }
        Label {
            anchors { left: parent.left; leftMargin: Theme.panelPadding; top: parent.top; topMargin: Theme.gap8 }
            visible: list.count === 0
            text: root.alarmsOnly ? qsTr("No alarms. All is well.") : qsTr("Nothing has been written down yet.")
            color: Theme.colors.secondary
        }
    }
}
