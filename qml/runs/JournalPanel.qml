// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.RunModels

/// What tells of trouble, with what was done about it; or all that was asked of the run and happened to it.
Item {
    id: root

    required property RunViewModel run
    property bool alarmsOnly: true

    /// An entry was clicked.
    signal stepAsked(double step)

    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding; topMargin: Theme.gap4 }
        height: Theme.control
        spacing: Theme.gap8
        Label {
            text: root.alarmsOnly ? qsTr("Alarms") : qsTr("Journal")
            weight: Theme.strong
        }
        Label {
            Layout.fillWidth: true
            text: root.alarmsOnly ? (root.run.recentAlarms > 0 ? qsTr("%1 in the last hour").arg(root.run.recentAlarms) : "") : ""
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
        SegmentedControl {
            rowHeight: Theme.compactControl
            label: qsTr("Entries")
            current: root.alarmsOnly ? "alarms" : "all"
            onChosen: key => root.alarmsOnly = key === "alarms"
            Segment { key: "alarms"; text: qsTr("alarms"); help: qsTr("Only what tells of trouble, and what was done about it") }
            Segment { key: "all"; text: qsTr("journal"); help: qsTr("All that was asked of the run and happened to it") }
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
            required property double step
            required property string done

            width: list.width
            height: Theme.listRow
            Accessible.role: Accessible.ListItem
            Accessible.name: row.text + " " + row.done
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
                Tooltip { text: row.done.length > 0 ? row.text + "\n" + row.done : words.truncated ? row.text : ""; shown: pointer.hovered }
                TapHandler {
                    enabled: row.step >= 0
                    onTapped: root.stepAsked(row.step)
                }
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
