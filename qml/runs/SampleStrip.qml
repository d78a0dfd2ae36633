// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.RunModels

/// What the run drew: all prompts of a step, those of two steps with an edge between them, or one prompt over all steps. The slider goes
/// through the steps, play runs through them.
Rectangle {
    id: root

    required property SampleGridModel grid
    required property bool running
    readonly property int side: Math.max(48, Math.min(Theme.sampleThumbnail, root.height - 124))
    readonly property bool wipes: root.grid.mode === SampleGridModel.Wipe
    property real wipe: 0.5

    color: Theme.colors.window

    SectionHeader {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding }
        height: Theme.header
        title: qsTr("Samples")
        detail: root.grid.stepCount === 0 ? "" : root.wipes ? qsTr("step %1 at the left, step %2 at the right").arg(Format.count(root.grid.besideStep)).arg(Format.count(root.grid.step))
              : root.grid.mode === SampleGridModel.AllSteps ? qsTr("%1, over all steps, EMA").arg(root.grid.chosenCategory)
                                                            : qsTr("step %1, EMA").arg(Format.count(root.grid.step))
        SegmentedControl {
            visible: root.grid.stepCount > 1
            rowHeight: Theme.compactControl
            label: qsTr("Which samples")
            current: ["one", "wipe", "all"][root.grid.mode]
            onChosen: key => root.grid.mode = ["one", "wipe", "all"].indexOf(key)
            Segment { key: "one"; text: qsTr("one step") }
            Segment { key: "wipe"; text: qsTr("wipe"); help: qsTr("Two steps over each other; the pointer moves the edge") }
            Segment { key: "all"; text: qsTr("all steps"); help: qsTr("The chosen prompt at every step") }
        }
    }
    ListView {
        id: list

        anchors { left: parent.left; right: parent.right; top: head.bottom; leftMargin: Theme.panelPadding - 4; rightMargin: Theme.panelPadding - 4; topMargin: -4 }
        height: root.side + 34
        orientation: ListView.Horizontal
        spacing: 0
        clip: true
        activeFocusOnTab: count > 0
        model: root.grid
        boundsBehavior: Flickable.StopAtBounds
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Samples")
        T.ScrollBar.horizontal: ScrollBar {}
        Keys.onReturnPressed: large.open()
        Keys.onSpacePressed: large.open()
        onCurrentIndexChanged: if (list.activeFocus) root.choose(list.currentIndex)
        delegate: SampleTile {
            id: tile

            side: root.side
            ofSteps: root.grid.mode === SampleGridModel.AllSteps
            selected: tile.ofSteps ? root.grid.step === tile.step : root.grid.chosen === tile.index
            focused: list.activeFocus && ListView.isCurrentItem
            wipe: root.wipe
            onWiped: place => root.wipe = place
            onChosen: {
                list.currentIndex = tile.index;
                root.choose(tile.index);
            }
            onOpened: large.open()
        }
    }
    Label {
        anchors { left: parent.left; leftMargin: Theme.panelPadding; top: head.bottom }
        visible: root.grid.stepCount === 0
        text: root.running ? qsTr("The first samples come with the first validation, or when you ask for them.") : qsTr("This run drew no samples.")
        color: Theme.colors.secondary
    }
    StepSlider {
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding; bottomMargin: Theme.gap12 }
        visible: root.grid.stepCount > 1
        grid: root.grid
        onCompareAsked: {
            root.grid.besideIndex = root.grid.stepIndex;
            root.grid.mode = SampleGridModel.Wipe;
        }
    }
    SampleSheet {
        id: large

        grid: root.grid
    }

    function choose(index: int): void {
        if (root.grid.mode === SampleGridModel.AllSteps)
            root.grid.stepIndex = index;
        else
            root.grid.chosen = index;
    }
}
