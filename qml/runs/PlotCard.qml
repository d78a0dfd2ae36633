// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.Plot

/// A plot in the colours of the theme.
SeriesPlot {
    id: root

    property string label

    backgroundColor: Theme.colors.plot
    gridColor: Theme.colors.grid
    tickColor: Theme.colors.tick
    textColor: Theme.colors.secondary
    strongTextColor: Theme.colors.text
    accentColor: Theme.colors.accent
    accentTextColor: Theme.colors.accentText
    phaseColor: Theme.colors.phase
    phaseAltColor: Theme.colors.phaseAlt
    phaseBorderColor: Theme.colors.phaseBorder
    seriesColors: Theme.colors.series
    seriesDashes: [Theme.seriesDash(0), Theme.seriesDash(1), Theme.seriesDash(2), Theme.seriesDash(3)]
    fontFamily: Theme.family
    fontPixelSize: Theme.captionSize
    Accessible.role: Accessible.Chart
    Accessible.name: root.label
    Accessible.description: qsTr("Left and Right move the cursor, plus and minus zoom, Home shows everything, Return shows the point")
    Accessible.focusable: true

    FocusRing { shown: root.visualFocus }
}
