// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.Series
import Darkroom.RunModels

/// The loss: raw as a ghost, smoothed, with its range, phases and restarts, and the runs that are laid over it.
Rectangle {
    id: root

    required property RunViewModel run
    required property RunOverlays overlays
    required property PlotView view
    property bool weighted: true

    color: Theme.colors.plot

    LossToolbar {
        id: tools

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.panelPadding; rightMargin: Theme.gap12 }
        run: root.run
        overlays: root.overlays
        weighted: root.weighted
        logarithmic: plot.logScale
        onWeightedAsked: on => root.weighted = on
        onLogarithmicAsked: on => plot.logScale = on
        onAxisAsked: axis => {
            root.view.move(NaN, NaN);
            root.view.cursorX = NaN;
            root.run.axis = axis;
        }
    }
    PlotCard {
        id: plot

        anchors { left: parent.left; right: parent.right; top: tools.bottom; bottom: parent.bottom; leftMargin: Theme.gap12; rightMargin: Theme.gap12; bottomMargin: Theme.gap4 }
        label: qsTr("Loss")
        series: root.weighted ? root.run.lossSeries : root.run.plainLossSeries
        lineSet: root.weighted ? root.overlays.lossLines : root.overlays.plainLossLines
        marks: root.run.marks
        axis: root.run.axis
        axisEnd: root.run.axisEnd
        logScale: true
        lineColor: Theme.seriesColor(root.run.seriesIndex)
        showPhaseNames: true
        showNewest: root.run.canPause
        showBest: true
        cursorX: root.view.cursorX
        pickedX: root.run.pick.active ? root.run.pick.point.x : NaN
        viewFrom: root.view.from
        viewTo: root.view.to
        onCursorMoved: x => root.view.cursorX = x
        onViewMoved: (from, to) => root.view.move(from, to)
        onClicked: x => root.run.pickAt(x)
        Keys.onEscapePressed: event => {
            event.accepted = root.run.pick.active;
            root.run.pick.close();
        }
    }
    PointCard {
        id: card

        visible: plot.cursorPosition >= 0 && point.valid && !picked.visible
        // The plot begins at gap12. Qt 6.4 crashes in a binding of x that reads another item's x while both are being made.
        readonly property double cursorAt: Theme.gap12 + plot.cursorPosition
        transform: Translate {
            x: Math.min(root.width - card.width - Theme.gap12,
                        card.cursorAt > root.width / 2 ? card.cursorAt - card.width - Theme.gap12 : card.cursorAt + Theme.gap12)
        }
        anchors { top: plot.top; topMargin: plot.plotArea.y + Theme.gap24 }
        axis: root.run.axis
        point: root.run.pointAt(root.view.cursorX)
    }
    PickCard {
        id: picked

        anchors { top: plot.top; right: parent.right; topMargin: plot.plotArea.y; rightMargin: Theme.gap12 }
        maximumHeight: root.height - tools.height - Theme.gap24
        visible: root.run.pick.active
        run: root.run
    }
    Label {
        anchors.centerIn: plot
        visible: plot.empty && !root.run.loading
        text: qsTr("The first step has not been taken yet.")
        color: Theme.colors.secondary
    }
    Skeleton {
        anchors { fill: plot; leftMargin: 40; bottomMargin: Theme.gap24; topMargin: Theme.gap8 }
        visible: root.run.loading && plot.empty
    }
}
