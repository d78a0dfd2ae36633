// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// What the plan of the run says, shortly; beside another run, what of it is different.
Item {
    id: root

    required property RunViewModel run
    required property RunOverlays overlays
    readonly property bool compared: root.overlays.comparedName.length > 0

    implicitHeight: column.implicitHeight + 2 * Theme.gap12 + 1

    Separator { width: parent.width }
    ColumnLayout {
        id: column

        anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.gap12; leftMargin: Theme.panelPadding; topMargin: Theme.gap12 + 1 }
        spacing: Theme.gap4
        Label {
            Layout.fillWidth: true
            text: root.compared ? qsTr("Plan, against %1").arg(root.overlays.comparedName) : qsTr("Plan")
            weight: Theme.strong
        }
        Repeater {
            model: root.compared ? null : root.run.plan
            RowLayout {
                id: row

                required property string label
                required property string value

                Layout.fillWidth: true
                spacing: Theme.gap8
                Label {
                    text: row.label
                    size: Theme.captionSize
                    color: Theme.colors.secondary
                }
                Label {
                    Layout.fillWidth: true
                    horizontalAlignment: Text.AlignRight
                    text: row.value
                    size: Theme.captionSize
                }
            }
        }
        Repeater {
            model: root.compared ? root.overlays.changes : null
            RowLayout {
                id: change

                required property string label
                required property string there
                required property string here

                Layout.fillWidth: true
                spacing: Theme.gap4
                Label {
                    text: change.label
                    size: Theme.captionSize
                    color: Theme.colors.secondary
                }
                Label {
                    Layout.fillWidth: true
                    horizontalAlignment: Text.AlignRight
                    text: change.there
                    size: Theme.captionSize
                    color: Theme.colors.secondary
                }
                Label {
                    text: "→"
                    size: Theme.captionSize
                    color: Theme.colors.secondary
                }
                Label {
                    text: change.here
                    size: Theme.captionSize
                    weight: Theme.medium
                }
            }
        }
        Label {
            visible: root.compared && root.overlays.differences.count === 0
            text: qsTr("The two plans say the same.")
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
        Button {
            Layout.leftMargin: -Theme.gap8
            visible: root.compared && root.overlays.differences.count > 0
            kind: Button.Ghost
            implicitHeight: Theme.compactControl
            text: qsTr("All %n difference(s)", "", root.overlays.differences.count)
            help: qsTr("Every value that the two plans have differently")
            onClicked: sheet.open()
        }
    }
    PlanSheet {
        id: sheet

        overlays: root.overlays
        name: root.run.name
    }
}
