// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// The runs of the workspace as a tree.
FocusScope {
    id: root

    required property RunsViewModel runs
    readonly property bool starting: root.runs.demoState === RunsViewModel.DemoBuildingData || root.runs.demoState === RunsViewModel.DemoStarting

    component FilterRow: MenuRow {
        required property int kind

        current: root.runs.list.filter === kind
        onTriggered: root.runs.list.filter = kind
    }
    Rectangle {
        anchors.fill: parent
        color: Theme.colors.surface
    }
    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; leftMargin: Theme.panelPadding; rightMargin: Theme.gap8 }
        height: Theme.header
        Label {
            Layout.fillWidth: true
            text: qsTr("Runs")
            size: Theme.titleSize
            weight: Theme.strong
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        IconButton {
            id: filter

            visible: root.runs.list.total > 0
            iconName: "filter"
            iconSize: Theme.toolIcon
            active: root.runs.list.filter !== RunListModel.AllRuns
            text: qsTr("Which runs are listed")
            onClicked: filters.popup(filter, 0, filter.height)
            ContextMenu {
                id: filters

                FilterRow { text: qsTr("All runs"); kind: RunListModel.AllRuns }
                FilterRow { text: qsTr("At work or paused"); kind: RunListModel.LiveRuns }
                FilterRow { text: qsTr("Stopped or failed"); kind: RunListModel.EndedRuns }
                FilterRow { text: qsTr("Done"); kind: RunListModel.DoneRuns }
            }
        }
        IconButton {
            id: more

            iconName: "plus"
            iconSize: Theme.toolIcon
            text: qsTr("New run")
            onClicked: starts.popup(more, 0, more.height)
            ContextMenu {
                id: starts

                MenuRow {
                    iconName: "plans"
                    text: qsTr("From a plan")
                    onTriggered: root.runs.newRun()
                }
                MenuRow {
                    enabled: !root.starting
                    iconName: "play"
                    text: qsTr("Train the demo")
                    detail: qsTr("3 minutes")
                    onTriggered: root.runs.startDemo()
                }
            }
        }
    }
    Separator {
        id: line

        anchors { left: parent.left; right: parent.right; top: head.bottom }
    }
    SearchField {
        id: search

        anchors { left: parent.left; right: parent.right; top: line.bottom; margins: Theme.gap12 }
        visible: root.runs.list.total > 0
        height: visible ? implicitHeight : 0
        label: qsTr("Search runs")
        placeholderText: qsTr("Search runs")
        text: root.runs.list.search
        onTextChanged: if (root.runs.list.search !== text) root.runs.list.search = text
    }
    DemoCard {
        id: demo

        anchors { left: parent.left; right: parent.right; top: search.bottom; margins: Theme.gap12 }
        height: visible ? implicitHeight : 0
        visible: root.runs.demoState !== RunsViewModel.DemoIdle
        runs: root.runs
    }
    ListView {
        id: list

        /// No ring where a pointer or the opening of the page brought the keyboard here.
        property bool reachedByKey: false

        anchors { left: parent.left; right: parent.right; top: demo.visible ? demo.bottom : search.bottom; bottom: overlay.top; topMargin: Theme.gap8 }
        clip: true
        focus: true
        activeFocusOnTab: true
        model: root.runs.list
        boundsBehavior: Flickable.StopAtBounds
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Runs")
        T.ScrollBar.vertical: ScrollBar {}
        Keys.onPressed: event => {
            list.reachedByKey = true;
            event.accepted = false;
        }
        Keys.onReturnPressed: if (list.currentItem) (list.currentItem as RunRow).chosen()
        onActiveFocusChanged: if (!list.activeFocus) list.reachedByKey = true
        onCurrentItemChanged: if (list.activeFocus && list.currentItem) (list.currentItem as RunRow).chosen()
        delegate: RunRow {
            id: row

            width: list.width
            selected: root.runs.selected === row.path
            focused: list.activeFocus && list.reachedByKey && ListView.isCurrentItem
            onTapped: {
                list.reachedByKey = false;
                list.forceActiveFocus(Qt.MouseFocusReason);
            }
            onChosen: {
                list.currentIndex = row.index;
                root.runs.selected = row.path;
            }
        }
        Label {
            anchors { top: parent.top; horizontalCenter: parent.horizontalCenter; topMargin: Theme.gap24 }
            visible: list.count === 0 && root.runs.list.total > 0
            text: root.runs.list.search.length > 0 ? qsTr("No run is called that.") : qsTr("No run is in that state.")
            color: Theme.colors.secondary
        }
        Column {
            visible: root.runs.list.state === RunListModel.Loading
            x: Theme.gap12
            y: Theme.gap12
            spacing: Theme.gap16
            Repeater {
                model: 4
                Skeleton { width: list.width - 2 * Theme.gap12; height: 44 }
            }
        }
        ErrorState {
            anchors { top: parent.top; left: parent.left; right: parent.right; margins: Theme.gap16 }
            visible: root.runs.list.state === RunListModel.Failed
            title: qsTr("The runs cannot be read.")
            text: root.runs.list.errorText
            action: qsTr("Try again")
            onActed: root.runs.list.refresh()
        }
    }
    OverlayPanel {
        id: overlay

        anchors { left: parent.left; right: parent.right; bottom: plan.top }
        visible: root.runs.run.open
        // All of them where there is room, a third of the height at most.
        height: visible ? Math.min(Math.max(116, root.height * 0.3), 96 + (root.runs.overlays.count + 1) * Theme.listRow - Theme.gap12) : 0
        overlays: root.runs.overlays
        shownName: root.runs.run.name
        shownLook: root.runs.run.seriesIndex
    }
    PlanPanel {
        id: plan

        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        visible: root.runs.run.open && root.runs.run.plan.count > 0 && root.height > (root.runs.overlays.comparedName.length > 0 ? 640 : 760)
        height: visible ? Math.min(implicitHeight, root.height * 0.36) : 0
        clip: true
        run: root.runs.run
        overlays: root.runs.overlays
    }
    Separator { anchors { right: parent.right; top: parent.top; bottom: parent.bottom } }
}
