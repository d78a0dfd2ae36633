// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Controls

/// The palette's list, by groups where `headings` says so. A file of its own: Qt 6.4 makes no section delegate where components are bound.
ListView {
    id: root

    property bool headings: true

    clip: true
    boundsBehavior: Flickable.StopAtBounds
    highlightMoveDuration: 0
    section.property: root.headings ? "group" : ""
    section.delegate: PaletteSection {}
    T.ScrollBar.vertical: ScrollBar {}
}
