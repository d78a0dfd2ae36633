// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.Series
import Darkroom.RunModels

/// A small plot with its name and newest value; on the cursor and view of the others. Its name opens a list of what else the place can show.
Rectangle {
    id: root

    required property RunViewModel run
    required property RunOverlays overlays
    required property PlotView view
    required property int index
    required property string title
    required property string help
    required property string value
    required property string detail
    required property SeriesStore series
    required property LineSet lines
    required property int look
    required property bool smoothed
    required property bool fromZero
    required property bool logarithmic
    required property bool keyBelow
    required property double limit
    readonly property bool under: !isNaN(root.view.cursorX) && !plot.empty
    readonly property int row: root.under ? plot.rowAt(root.view.cursorX) : -1

    color: Theme.colors.plot

    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.gap8; rightMargin: Theme.panelPadding; topMargin: Theme.gap4 }
        height: Theme.control
        spacing: Theme.gap6
        PlotChooser {
            Layout.fillWidth: true
            Layout.maximumWidth: implicitWidth
            plots: root.run.plots
            place: root.index
            text: root.title
            help: root.help
        }
        Item { Layout.fillWidth: true }
        Label {
            text: root.under ? Format.figure(root.smoothed ? plot.smoothedAt(root.row) : plot.rawAt(root.row)) : root.value
            weight: Theme.strong
        }
        Label {
            visible: root.detail.length > 0 && root.width > 200
            text: root.detail
            color: Theme.colors.secondary
        }
    }
    PlotCard {
        id: plot

        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom; leftMargin: Theme.gap12; rightMargin: Theme.gap12 }
        label: root.title
        series: root.series
        lineSet: root.lines
        marks: root.run.marks
        axis: root.run.axis
        axisEnd: root.run.axisEnd
        fromZero: root.fromZero
        logScale: root.logarithmic
        limitLine: root.limit
        showPhases: false
        showRestarts: false
        showRange: false
        showSmoothed: root.smoothed
        lineWidth: 1.5
        // Beside other runs, a run has its own colour everywhere.
        lineColor: Theme.seriesColor(root.overlays.onCount > 0 && root.run.lossSeries ? root.run.seriesIndex : root.look)
        cursorX: root.view.cursorX
        pickedX: root.run.pick.active ? root.run.pick.point.x : NaN
        viewFrom: root.view.from
        viewTo: root.view.to
        onCursorMoved: x => root.view.cursorX = x
        onViewMoved: (from, to) => root.view.move(from, to)
        onClicked: x => root.run.pickAt(x)
    }
    Column {
        x: root.width - width - Theme.panelPadding
        y: root.keyBelow ? plot.y + plot.plotArea.y + plot.plotArea.height - height - Theme.gap4 : head.height + Theme.gap8
        visible: root.height > 130 && root.lines && root.lines.names.length > 0
        Repeater {
            model: root.lines ? root.lines.names : []
            LegendKey {
                required property int index
                required property string modelData

                visible: index < 4
                kind: "run"
                text: modelData
                look: root.lines.looks[index] ?? 0
                ink: Theme.seriesColor(look)
            }
        }
    }
    Label {
        anchors.centerIn: plot
        visible: plot.empty && !root.run.loading
        text: qsTr("no values yet")
        size: Theme.captionSize
        color: Theme.colors.secondary
    }
}
