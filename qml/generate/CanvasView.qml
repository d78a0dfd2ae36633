// SPDX-License-Identifier: GPL-3.0-or-later
import QtQml
import QtQuick

/// How a canvas shows its picture: whole, or zoomed and moved. Canvases that share one move together.
QtObject {
    property bool fits: true
    /// Device pixels a pixel of the picture; means something while not `fits`.
    property real zoom: 1
    property point pan: Qt.point(0, 0)
}
