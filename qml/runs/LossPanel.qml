// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.Series
import Darkroom.ViewModels

/// The loss: raw as a ghost, smoothed, with its range, phases and restarts.
Rectangle {
    id: root

    required property RunViewModel run
    required property double cursorX
    required property double viewFrom
    required property double viewTo
    property bool weighted: true

    signal cursorMoved(double x)
    signal viewMoved(double from, double to)

    color: Theme.colors.plot

    LossToolbar {
        id: tools

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.panelPadding; rightMargin: Theme.gap12 }
        run: root.run
        weighted: root.weighted
        logarithmic: plot.logScale
        onWeightedAsked: on => root.weighted = on
        onLogarithmicAsked: on => plot.logScale = on
        onAxisAsked: axis => {
            root.viewMoved(NaN, NaN);
            root.cursorMoved(NaN);
            root.run.axis = axis;
        }
    }
    PlotCard {
        id: plot

        anchors { left: parent.left; right: parent.right; top: tools.bottom; bottom: parent.bottom; leftMargin: Theme.gap12; rightMargin: Theme.gap12; bottomMargin: Theme.gap4 }
        series: root.weighted ? root.run.lossSeries : root.run.plainLossSeries
        marks: root.run.marks
        axis: root.run.axis
        logScale: true
        lineColor: Theme.seriesColor(1)
        showPhaseNames: true
        showNewest: root.run.canStop
        showBest: true
        cursorX: root.cursorX
        viewFrom: root.viewFrom
        viewTo: root.viewTo
        onCursorMoved: x => root.cursorMoved(x)
        onViewMoved: (from, to) => root.viewMoved(from, to)
    }
    PointCard {
        id: card

        visible: plot.cursorPosition >= 0 && point.valid
        // The plot begins at gap12. Qt 6.4 crashes in a binding of x that reads another item's x while both are being made.
        readonly property double cursorAt: Theme.gap12 + plot.cursorPosition
        transform: Translate {
            x: Math.min(root.width - card.width - Theme.gap12,
                        card.cursorAt > root.width / 2 ? card.cursorAt - card.width - Theme.gap12 : card.cursorAt + Theme.gap12)
        }
        anchors { top: plot.top; topMargin: plot.plotArea.y + Theme.gap24 }
        axis: root.run.axis
        point: root.run.pointAt(root.cursorX)
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
