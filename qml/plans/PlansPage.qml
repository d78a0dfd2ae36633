// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.PlanModels

/// Training plans: the timeline of phases, the form of the chosen one, and what it all costs.
FocusScope {
    id: root

    required property ShellViewModel shell
    required property PlansViewModel plans
    readonly property bool wide: root.width + Theme.railWidth >= Theme.foldWidth
    property bool sideOpen: false

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.surface
    }
    PlanHead {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top }
        focus: true
        plans: root.plans
        sideFolded: !root.wide
        widths: timeline.widths
        onWidthsChosen: widths => timeline.widths = widths
        onSideAsked: root.sideOpen = !root.sideOpen
        onCompareAsked: compare.open()
        onPaletteAsked: root.shell.trigger("palette.open")
    }
    PlansEmpty {
        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom }
        visible: root.plans.current.length === 0
        plans: root.plans
    }
    PlanTimeline {
        id: timeline

        anchors { left: parent.left; right: root.wide ? side.left : parent.right; top: head.bottom }
        height: Math.min(400, Math.round(root.height * 0.45))
        visible: root.plans.current.length > 0
        plans: root.plans
    }
    PhaseForm {
        anchors { left: parent.left; right: timeline.right; top: timeline.bottom; bottom: parent.bottom }
        visible: timeline.visible
        plans: root.plans
    }
    Rectangle {
        id: side

        anchors { right: parent.right; top: head.bottom; bottom: parent.bottom }
        width: Theme.planSide
        visible: root.plans.current.length > 0 && (root.wide || root.sideOpen)
        color: Theme.colors.surface

        ForecastPanel {
            anchors.fill: parent
            plans: root.plans
            onLaunchAsked: launch.open()
        }
        Separator { anchors { left: parent.left; top: parent.top; bottom: parent.bottom } }
    }
    LaunchSheet {
        id: launch

        plans: root.plans
    }
    PlanCompare {
        id: compare

        plans: root.plans
    }
    Shortcut {
        sequences: ["Ctrl+Z"]
        enabled: root.visible && root.plans.canUndo
        onActivated: root.plans.undo()
    }
    Shortcut {
        sequences: ["Ctrl+Shift+Z"]
        enabled: root.visible && root.plans.canRedo
        onActivated: root.plans.redo()
    }
    Connections {
        target: root.plans.launch

        function onStarted(): void {
            launch.close();
            root.shell.page = "runs";
        }
    }
}
