// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.RunModels

/// Goes through the steps that have samples.
RowLayout {
    id: root

    required property SampleGridModel grid

    signal compareAsked

    spacing: Theme.gap16

    IconButton {
        filled: true
        iconName: play.running ? "pause" : "play"
        text: play.running ? qsTr("Stop playing") : qsTr("Play through the steps")
        onClicked: {
            if (!play.running && root.grid.stepIndex === root.grid.stepCount - 1)
                root.grid.stepIndex = 0;
            play.running = !play.running;
        }
    }
    Slider {
        Layout.fillWidth: true
        label: qsTr("Step of the samples")
        from: 0
        to: Math.max(1, root.grid.stepCount - 1)
        stepSize: 1
        value: root.grid.stepIndex
        onMoved: root.grid.stepIndex = Math.round(value)
        onResetAsked: root.grid.stepIndex = root.grid.stepCount - 1
    }
    Label {
        text: qsTr("step %1").arg(Format.count(root.grid.step))
        size: Theme.captionSize
        weight: Theme.medium
    }
    Button {
        iconName: "compare-wipe"
        text: qsTr("Compare")
        help: qsTr("Keeps the samples of this step at the left of an edge; then choose another step for the right")
        onClicked: root.compareAsked()
    }
    Timer {
        id: play

        interval: 400
        repeat: true
        onTriggered: {
            if (root.grid.stepIndex >= root.grid.stepCount - 1)
                play.running = false;
            else
                root.grid.stepIndex = root.grid.stepIndex + 1;
        }
    }
}
