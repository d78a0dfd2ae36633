// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// A mark of the plot and its name. kind: "raw", "line", "range", "restart", or "run" with its look.
Row {
    id: root

    required property string kind
    required property string text
    required property color ink
    property int look: 0

    spacing: Theme.gap6

    Rectangle {
        anchors.verticalCenter: parent.verticalCenter
        visible: root.kind !== "restart" && root.kind !== "run"
        width: 14
        height: root.kind === "range" ? 8 : root.kind === "line" ? 2 : 1
        opacity: root.kind === "range" ? 0.25 : root.kind === "raw" ? 0.6 : 1
        color: root.ink
    }
    SeriesSwatch {
        anchors.verticalCenter: parent.verticalCenter
        visible: root.kind === "run"
        seriesIndex: root.look
    }
    Label {
        anchors.verticalCenter: parent.verticalCenter
        visible: root.kind === "restart"
        text: "▲"
        size: Theme.captionSize - 3
        color: root.ink
    }
    Label {
        text: root.text
        size: Theme.captionSize
        color: Theme.colors.secondary
    }
}
