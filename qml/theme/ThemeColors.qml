// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick

/// Colours by meaning; DarkColors and LightColors give the values.
QtObject {
    // Surfaces, from the back to the front.
    required property color window
    required property color canvas
    required property color canvasText
    required property color canvasSecondary
    required property color plot
    required property color surface
    required property color raised
    required property color field
    required property color fieldHover
    required property color fieldPressed
    required property color fieldBorder
    required property color segmentTrack
    required property color segmentOn
    required property color tooltip
    required property color keyHint
    required property color separator
    required property color innerSeparator
    required property color rowHover
    required property color scrim
    required property color imageLabel
    required property color imageLabelText
    /// What is dragged on a picture, and the sign on it.
    required property color imageHandle
    required property color imageHandleInk

    required property color text
    required property color secondary
    required property color disabled

    // The one accent: primary action, selection, live state.
    required property color accent
    required property color accentHover
    required property color accentPressed
    required property color accentContrast
    required property color accentText
    required property color accentSoft
    /// Lines around what has the keyboard or is chosen: 3:1 on every surface, the canvas among them.
    required property color ring

    // Always together with an icon.
    required property color ok
    required property color okSoft
    required property color warning
    required property color warningSoft
    required property color error
    required property color errorSoft

    // Of a prompt: words with a weight above and below 1.
    required property color weightUp
    required property color weightDown
    /// Over the start picture: what is drawn anew.
    required property color mask

    required property color track
    required property color trackFill
    required property color handle

    // Plots.
    required property color grid
    required property color tick
    required property color phase
    required property color phaseAlt
    required property color phaseBorder
    required property list<color> series
    /// Fills of a mixture's bands; words on them in `bandText`.
    required property list<color> bands
    required property color bandText
}
