// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.Series
import Darkroom.ViewModels

/// One run: head, figures, curves, samples; journal and memory at the right.
FocusScope {
    id: root

    required property RunViewModel run
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

        readonly property int smallHeight: Math.max(120, Math.round(plots.height * 0.33))

        anchors { left: parent.left; right: root.wide ? side.left : parent.right; top: stats.bottom; bottom: samples.top }

        LossPanel {
            id: loss

            anchors { left: parent.left; right: parent.right; top: parent.top; bottom: small.top }
            run: root.run
            cursorX: plotView.cursorX
            viewFrom: plotView.from
            viewTo: plotView.to
            onCursorMoved: x => plotView.cursorX = x
            onViewMoved: (from, to) => plotView.move(from, to)
        }
        Separator { anchors { left: parent.left; right: parent.right; bottom: small.top } }
        RowLayout {
            id: small

            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            height: plots.smallHeight
            spacing: 0
            SmallPlot {
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 1
                title: qsTr("Learning rate")
                value: Format.figure(root.run.learningRate)
                plot.series: root.run.learningRateSeries
                plot.lineColor: Theme.seriesColor(0)
                plot.showRaw: true
                plot.showSmoothed: false
                run: root.run
                view: plotView
            }
            Separator { Layout.fillHeight: true }
            SmallPlot {
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 1
                title: qsTr("Gradient norm")
                value: Format.figure(root.run.gradientNorm)
                detail: isNaN(root.run.clipNorm) ? "" : qsTr("clip %1").arg(Format.number(root.run.clipNorm, 1))
                plot.series: root.run.gradientNormSeries
                plot.lineColor: Theme.seriesColor(2)
                plot.limitLine: root.run.clipNorm
                run: root.run
                view: plotView
            }
            Separator { Layout.fillHeight: true }
            SmallPlot {
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 1
                title: qsTr("Images a second")
                value: Format.number(root.run.imagesPerSecond, 1)
                plot.series: root.run.speedSeries
                plot.lineColor: Theme.seriesColor(3)
                run: root.run
                view: plotView
            }
        }
    }
    Rectangle {
        id: side

        anchors { right: parent.right; top: stats.bottom; bottom: samples.top }
        width: Theme.runSide
        visible: root.wide || root.sideOpen
        color: Theme.colors.surface

        SmallPlot {
            id: memoryPlot

            anchors { left: parent.left; right: parent.right; top: parent.top }
            height: plots.smallHeight
            title: qsTr("Peak memory of a worker")
            value: Format.number(root.run.memorySeries ? root.run.memorySeries.last : NaN, 2)
            detail: qsTr("GiB")
            plot.series: root.run.memorySeries
            plot.lineColor: Theme.seriesColor(5)
            run: root.run
            view: plotView
        }
        Separator { anchors { left: parent.left; right: parent.right; top: memoryPlot.bottom } }
        JournalPanel {
            anchors { left: parent.left; right: parent.right; top: memoryPlot.bottom; bottom: memory.top }
            run: root.run
        }
        Separator { anchors { left: parent.left; right: parent.right; top: memory.top } }
        MemoryPanel {
            id: memory

            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            height: plots.smallHeight
            devices: root.run.devices
        }
        Separator { anchors { left: parent.left; top: parent.top; bottom: parent.bottom } }
    }
    Separator { anchors { left: parent.left; right: parent.right; bottom: stats.bottom } }
    Separator { anchors { left: parent.left; right: parent.right; top: samples.top } }
}
