// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// What the run drew at each step that it sampled; the slider goes through the steps, play runs through them.
Rectangle {
    id: root

    required property SampleGridModel grid
    required property bool running
    readonly property int side: Math.max(48, Math.min(Theme.sampleThumbnail, root.height - 124))

    color: Theme.colors.window

    SectionHeader {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding }
        height: Theme.header
        title: qsTr("Samples")
        detail: root.grid.stepCount > 0 ? qsTr("step %1").arg(Format.count(root.grid.step)) : ""
    }
    ListView {
        id: list

        anchors { left: parent.left; right: parent.right; top: head.bottom; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding }
        height: root.side + 22
        orientation: ListView.Horizontal
        spacing: Theme.gap8
        clip: true
        activeFocusOnTab: count > 0
        model: root.grid
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.horizontal: ScrollBar {}
        delegate: SampleTile { side: root.side }
    }
    Label {
        anchors { left: parent.left; leftMargin: Theme.panelPadding; top: head.bottom }
        visible: root.grid.stepCount === 0
        text: root.running ? qsTr("The first samples come with the first save.") : qsTr("This run drew no samples.")
        color: Theme.colors.secondary
    }
    RowLayout {
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding; bottomMargin: Theme.gap12 }
        visible: root.grid.stepCount > 1
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
