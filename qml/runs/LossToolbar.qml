// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.Series
import Darkroom.RunModels

/// What the loss plot shows: its key, which loss, which axis, which scale.
RowLayout {
    id: root

    required property RunViewModel run
    required property RunOverlays overlays
    required property bool weighted
    required property bool logarithmic
    /// There is room for the whole key.
    readonly property bool roomy: root.width > (root.overlays.onCount > 0 ? 860 : 680)
    readonly property list<string> axes: ["step", "epoch", "images", "time"]

    signal weightedAsked(bool on)
    signal logarithmicAsked(bool on)
    signal axisAsked(int axis)

    height: Theme.header - Theme.gap4
    spacing: Theme.gap12

    Label {
        text: qsTr("Loss")
        weight: Theme.strong
    }
    RowLayout {
        visible: root.width > 640
        spacing: Theme.gap12
        LegendKey {
            visible: root.roomy
            kind: "raw"
            text: qsTr("raw")
            ink: Theme.seriesColor(root.run.seriesIndex)
        }
        SmoothingButton { run: root.run }
        LegendKey {
            visible: root.roomy
            kind: "range"
            text: qsTr("range")
            ink: Theme.seriesColor(root.run.seriesIndex)
        }
        Repeater {
            model: root.overlays.lossLines.names
            LegendKey {
                required property int index
                required property string modelData

                visible: index < (root.width > 820 ? 4 : 2)
                Layout.maximumWidth: 120
                kind: "run"
                text: modelData
                look: root.overlays.lossLines.looks[index] ?? 0
                ink: Theme.seriesColor(look)
            }
        }
        LegendKey {
            visible: root.run.marks && root.run.marks.restartCount > 0
            kind: "restart"
            text: qsTr("resumed")
            ink: Theme.colors.secondary
        }
    }
    Item { Layout.fillWidth: true }
    SegmentedControl {
        rowHeight: Theme.compactControl
        label: qsTr("Which loss")
        current: root.weighted ? "weighted" : "plain"
        onChosen: key => root.weightedAsked(key === "weighted")
        Segment { key: "weighted"; text: qsTr("weighted"); help: qsTr("As it is trained: noise levels weighed by Min-SNR") }
        Segment { key: "plain"; text: qsTr("plain"); help: qsTr("Mean squared error without weights") }
    }
    SegmentedControl {
        rowHeight: Theme.compactControl
        label: qsTr("Horizontal axis")
        current: root.axes[root.run.axis]
        onChosen: key => root.axisAsked(root.axes.indexOf(key))
        Segment { key: "step"; text: qsTr("step"); help: qsTr("Optimiser steps") }
        Segment { key: "epoch"; text: qsTr("epoch"); help: qsTr("Passes over the data") }
        Segment { key: "images"; text: qsTr("images"); help: qsTr("Training images seen") }
        Segment { key: "time"; text: qsTr("time"); help: qsTr("Hours of training") }
    }
    Chip {
        implicitHeight: Theme.compactControl - 4
        text: qsTr("log")
        on: root.logarithmic
        help: qsTr("Vertical axis by powers of ten")
        onClicked: root.logarithmicAsked(!root.logarithmic)
    }
}
