// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// What the plan of the run says, shortly.
Item {
    id: root

    required property RunViewModel run

    implicitHeight: column.implicitHeight + 2 * Theme.gap12 + 1

    Separator { width: parent.width }
    ColumnLayout {
        id: column

        anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.gap12; leftMargin: Theme.panelPadding; topMargin: Theme.gap12 + 1 }
        spacing: Theme.gap4
        Label {
            text: qsTr("Plan")
            weight: Theme.strong
        }
        Repeater {
            model: root.run.plan
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
    }
}
