// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// As many small plots as there is room for.
Item {
    id: root

    required property RunViewModel run
    required property RunOverlays overlays
    required property PlotView view
    readonly property int columns: Math.max(2, Math.min(5, Math.floor(root.width / 230)))
    property int lines: 1

    Repeater {
        model: root.run.plots
        delegate: SmallPlot {
            id: plot

            readonly property int column: plot.index % root.columns
            readonly property int line: Math.floor(plot.index / root.columns)

            x: Math.round(plot.column * root.width / root.columns)
            y: Math.round(plot.line * root.height / root.lines)
            width: Math.round((plot.column + 1) * root.width / root.columns) - x - 1
            height: Math.round((plot.line + 1) * root.height / root.lines) - y - (plot.line + 1 < root.lines ? 1 : 0)
            visible: plot.index < root.columns * root.lines
            run: root.run
            overlays: root.overlays
            view: root.view
        }
    }
    Repeater {
        model: root.columns - 1
        Separator {
            required property int index

            x: Math.round((index + 1) * root.width / root.columns) - 1
            height: root.height
            width: 1
        }
    }
    Repeater {
        model: root.lines - 1
        Separator {
            required property int index

            y: Math.round((index + 1) * root.height / root.lines) - 1
            width: root.width
            height: 1
        }
    }
}
