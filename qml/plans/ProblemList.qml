// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.PlanModels

/// What is wrong with the plan; a click shows the phase that it is about.
ColumnLayout {
    id: root

    required property PlansViewModel plans

    spacing: Theme.gap8
    SectionHeader {
        Layout.fillWidth: true
        title: qsTr("Problems")
        Label {
            text: root.plans.problemsText
            color: Theme.colors.secondary
        }
    }
    Repeater {
        model: root.plans.problems
        RowLayout {
            id: problem

            required property string place
            required property string text
            required property int phase
            required property bool stops

            Layout.fillWidth: true
            spacing: Theme.gap8
            Icon {
                Layout.alignment: Qt.AlignTop
                icon: problem.stops ? "error" : "warning"
                size: Theme.smallIcon
                color: problem.stops ? Theme.colors.error : Theme.colors.warning
            }
            ColumnLayout {
                Layout.fillWidth: true
                spacing: 0
                Label {
                    Layout.fillWidth: true
                    text: problem.place
                    weight: Theme.medium
                }
                Label {
                    Layout.fillWidth: true
                    text: problem.text
                    size: Theme.captionSize
                    color: Theme.colors.secondary
                    wrapMode: Text.Wrap
                    maximumLineCount: 4
                    elide: Text.ElideRight
                }
            }
            TapHandler {
                enabled: problem.phase >= 0
                onTapped: root.plans.phase = problem.phase
            }
        }
    }
}
