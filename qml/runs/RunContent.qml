// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// One run: head, figures, curves, samples; heat map, alarms and memory at the right.
FocusScope {
    id: root

    required property RunViewModel run
    required property RunOverlays overlays
    required property bool wide
    property bool sideOpen: false

    signal paletteAsked

    PlotView { id: plotView }

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.surface
    }
    RunHead {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top }
        run: root.run
        sideFolded: !root.wide
        onPaletteAsked: root.paletteAsked()
        onSideAsked: root.sideOpen = !root.sideOpen
    }
    Item {
        id: failure

        anchors { left: parent.left; right: parent.right; top: head.bottom }
        height: visible ? error.implicitHeight + 2 * Theme.gap12 : 0
        visible: root.run.failureText.length > 0 || root.run.errorText.length > 0
        Rectangle {
            anchors.fill: parent
            color: Theme.colors.errorSoft
        }
        ErrorState {
            id: error

            anchors { fill: parent; margins: Theme.gap12; leftMargin: Theme.panelPadding }
            title: root.run.errorText.length > 0 ? root.run.errorText : root.run.failureText
            detail: root.run.failureDetail
            action: root.run.canResume ? qsTr("Resume from the last save") : ""
            onActed: root.run.resume()
        }
    }
    StatsStrip {
        id: stats

        anchors { left: parent.left; right: parent.right; top: failure.bottom }
        run: root.run
    }
    SampleStrip {
        id: samples

        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        height: root.run.samples.stepCount === 0 ? Theme.stats : Math.min(240, Math.round(root.height * 0.29))
        grid: root.run.samples
        running: root.run.canStop
    }
    Item {
        id: plots

        /// Two lines of small plots where there is room for them.
        readonly property int lines: plots.height > 760 ? 2 : 1
        readonly property int smallHeight: plots.lines > 1 ? Math.round(plots.height * 0.42) : Math.max(120, Math.round(plots.height * 0.33))

        anchors { left: parent.left; right: root.wide ? side.left : parent.right; top: stats.bottom; bottom: samples.top }

        LossPanel {
            anchors { left: parent.left; right: parent.right; top: parent.top; bottom: small.top }
            run: root.run
            overlays: root.overlays
            view: plotView
        }
        Separator { anchors { left: parent.left; right: parent.right; bottom: small.top } }
        SmallPlots {
            id: small

            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            height: plots.smallHeight
            lines: plots.lines
            run: root.run
            overlays: root.overlays
            view: plotView
        }
    }
    Rectangle {
        id: side

        anchors { right: parent.right; top: stats.bottom; bottom: samples.top }
        width: Theme.runSide
        visible: root.wide || root.sideOpen
        color: Theme.colors.surface

        HeatPanel {
            id: heat

            anchors { left: parent.left; right: parent.right; top: parent.top }
            height: Math.max(150, Math.round(side.height * 0.42))
            run: root.run
            view: plotView
        }
        Separator { anchors { left: parent.left; right: parent.right; top: heat.bottom } }
        JournalPanel {
            anchors { left: parent.left; right: parent.right; top: heat.bottom; bottom: memory.top }
            run: root.run
            onStepAsked: step => root.run.pickStep(step)
        }
        Separator { anchors { left: parent.left; right: parent.right; top: memory.top } }
        MemoryPanel {
            id: memory

            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            height: Math.min(plots.lines > 1 ? 260 : plots.smallHeight, Math.round(side.height * 0.36))
            devices: root.run.devices
        }
        Separator { anchors { left: parent.left; top: parent.top; bottom: parent.bottom } }
    }
    Separator { anchors { left: parent.left; right: parent.right; bottom: stats.bottom } }
    Separator { anchors { left: parent.left; right: parent.right; top: samples.top } }
}
