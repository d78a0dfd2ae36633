// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.PlanModels

/// What the plan costs: memory, time, disk; what is wrong with it; and the launch.
FocusScope {
    id: root

    required property PlansViewModel plans
    readonly property PlanForecast forecast: root.plans.forecast

    signal launchAsked

    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; leftMargin: Theme.panelPadding; rightMargin: Theme.gap12 }
        height: Theme.header
        spacing: Theme.gap8
        Label {
            text: qsTr("Forecast")
            size: Theme.titleSize
            weight: Theme.strong
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        Label {
            Layout.fillWidth: true
            text: root.forecast.stateText
            color: Theme.colors.secondary
        }
        Button {
            text: root.forecast.measuring ? qsTr("Stop") : qsTr("Measure")
            iconName: root.forecast.measuring ? "stop" : "refresh"
            enabled: root.forecast.measuring || root.forecast.known
            help: qsTr("Runs a few real steps of three batch sizes on these devices and takes their memory and speed")
            onClicked: root.forecast.measuring ? root.forecast.stopMeasuring() : root.forecast.measure()
        }
    }
    Separator {
        id: line

        anchors { left: parent.left; right: parent.right; top: head.bottom }
    }
    Flickable {
        anchors { left: parent.left; right: parent.right; top: line.bottom; bottom: foot.top }
        contentHeight: content.height + 2 * Theme.gap16
        boundsBehavior: Flickable.StopAtBounds
        clip: true
        T.ScrollBar.vertical: ScrollBar {}

        ColumnLayout {
            id: content

            x: Theme.panelPadding
            y: Theme.gap12
            width: parent.width - 2 * Theme.panelPadding
            spacing: Theme.gap12

            Label {
                Layout.fillWidth: true
                visible: !root.forecast.known
                text: root.forecast.problem.length > 0 ? root.forecast.problem : root.plans.problems.count > 0
                      ? qsTr("There is a forecast when the problems below are mended.") : qsTr("Reckoning…")
                color: Theme.colors.secondary
                wrapMode: Text.Wrap
            }
            SectionHeader {
                Layout.fillWidth: true
                visible: root.forecast.known
                title: qsTr("Memory")
                Label {
                    text: qsTr("peak on each device")
                    size: Theme.captionSize
                    color: Theme.colors.secondary
                }
            }
            Repeater {
                model: root.forecast.known ? root.forecast.deviceNames : []
                MemoryBar {
                    required property string modelData

                    Layout.fillWidth: true
                    name: modelData
                    parts: root.forecast.parts
                    used: root.forecast.peakBytes
                    total: root.forecast.deviceBytes
                    usedText: root.forecast.peakText
                    totalText: root.forecast.deviceText
                }
            }
            ForecastLegend {
                Layout.fillWidth: true
                visible: root.forecast.known
                parts: root.forecast.parts
            }
            Label {
                Layout.fillWidth: true
                visible: root.forecast.known && root.forecast.problem.length > 0
                text: root.forecast.problem
                color: Theme.colors.error
                wrapMode: Text.Wrap
            }
            Separator { Layout.fillWidth: true; visible: root.forecast.known }
            SectionHeader {
                Layout.fillWidth: true
                visible: root.forecast.known
                title: qsTr("Time")
                Label {
                    text: qsTr("images/s")
                    size: Theme.captionSize
                    color: Theme.colors.secondary
                }
                Label {
                    Layout.preferredWidth: 96
                    horizontalAlignment: Text.AlignRight
                    text: qsTr("time")
                    size: Theme.captionSize
                    color: Theme.colors.secondary
                }
            }
            Repeater {
                model: root.forecast.known ? root.forecast.phases : null
                RowLayout {
                    id: row

                    required property int index
                    required property string name
                    required property string speedText
                    required property string timeText

                    Layout.fillWidth: true
                    spacing: Theme.gap8
                    Label {
                        Layout.preferredWidth: 16
                        text: row.index + 1
                        color: Theme.colors.secondary
                    }
                    Label {
                        Layout.fillWidth: true
                        text: row.name
                        weight: root.plans.phase === row.index ? Theme.strong : Theme.regular
                    }
                    Label { text: row.speedText }
                    Label {
                        Layout.preferredWidth: 96
                        horizontalAlignment: Text.AlignRight
                        text: row.timeText
                    }
                }
            }
            RowLayout {
                Layout.fillWidth: true
                visible: root.forecast.known
                Label {
                    Layout.fillWidth: true
                    text: qsTr("All")
                    weight: Theme.strong
                }
                Label {
                    text: root.forecast.totalTimeText
                    weight: Theme.strong
                }
            }
            Separator { Layout.fillWidth: true; visible: disk.visible }
            ColumnLayout {
                id: disk

                Layout.fillWidth: true
                visible: root.forecast.known && root.forecast.diskText.length > 0
                spacing: Theme.gap2
                SectionHeader {
                    Layout.fillWidth: true
                    title: qsTr("Disk")
                    Label { text: root.forecast.diskText }
                }
                Label {
                    Layout.fillWidth: true
                    text: root.forecast.diskDetail
                    size: Theme.captionSize
                    color: Theme.colors.secondary
                    wrapMode: Text.Wrap
                }
            }
            Separator { Layout.fillWidth: true }
            ProblemList {
                Layout.fillWidth: true
                plans: root.plans
            }
        }
    }
    Item {
        id: foot

        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        height: Theme.primaryControl + 2 * Theme.gap12 + 1
        Separator { anchors { left: parent.left; right: parent.right; top: parent.top } }
        RowLayout {
            anchors { fill: parent; margins: Theme.gap12; leftMargin: Theme.panelPadding }
            spacing: Theme.gap8
            Button {
                Layout.fillWidth: true
                kind: Button.Primary
                text: qsTr("Launch…")
                enabled: root.plans.launch.ready
                help: root.plans.launch.ready ? qsTr("Asks for a name and the devices first") : root.plans.problemsText
                onClicked: root.launchAsked()
            }
            Button {
                implicitHeight: Theme.primaryControl
                text: qsTr("Save")
                enabled: root.plans.edited
                help: qsTr("Writes the plan into the workspace (Ctrl+S)")
                onClicked: root.plans.save()
            }
        }
    }
}
