// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// No run is chosen, or there is none yet.
Item {
    id: root

    required property RunsViewModel runs
    required property bool blank
    readonly property bool starting: root.runs.demoState === RunsViewModel.DemoBuildingData || root.runs.demoState === RunsViewModel.DemoStarting

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.window
    }
    EmptyState {
        anchors.centerIn: parent
        width: 320
        visible: root.blank && !root.starting
        iconName: "runs"
        title: qsTr("No training yet")
        text: qsTr("The demo teaches a small model 700 drawings, in about three minutes, on this computer. You watch its loss fall and its pictures appear.")
        action: qsTr("Train the demo")
        actionIcon: "play"
        onActed: root.runs.startDemo()
    }
    EmptyState {
        anchors.centerIn: parent
        width: 320
        visible: !root.blank && !root.starting && root.runs.list.state === RunListModel.Ready
        iconName: "runs"
        title: qsTr("No run is chosen")
        text: qsTr("Choose one at the left to see its curves and samples.")
    }
    Column {
        anchors.centerIn: parent
        width: 320
        visible: root.starting
        spacing: Theme.gap12
        Label {
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            text: qsTr("The demo is being prepared")
            size: Theme.titleSize
            weight: Theme.strong
        }
        ProgressBar {
            width: parent.width
            label: root.runs.demoText
            indeterminate: root.runs.demoProgress < 0
            value: root.runs.demoProgress
        }
        Label {
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            text: root.runs.demoText
            color: Theme.colors.secondary
            wrapMode: Text.Wrap
        }
    }
}
