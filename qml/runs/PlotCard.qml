// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Plot

/// A plot in the colours of the theme.
SeriesPlot {
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
    fontFamily: Theme.family
    fontPixelSize: Theme.captionSize
}
