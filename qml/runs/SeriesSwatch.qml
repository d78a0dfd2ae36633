// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.Theme

/// A piece of a run's line: colour and dash.
Row {
    id: root

    required property int seriesIndex
    readonly property int kind: root.seriesIndex % 4
    /// Lengths of the pieces, px, for solid, dashed, dotted and dash-dotted lines.
    readonly property list<int> pieces: [[16], [7, 7], [2, 2, 2, 2], [8, 2, 3]][root.kind]

    width: 16
    height: 2
    spacing: root.kind === 2 ? 2.6 : 2
    Repeater {
        model: root.pieces
        Rectangle {
            id: piece

            required property int modelData

            width: piece.modelData
            height: 2
            color: Theme.seriesColor(root.seriesIndex)
        }
    }
}
