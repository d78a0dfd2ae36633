// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// A place that waits for something. A Canvas, as a Shape ignores the clip of what it lies in where no graphics card draws it.
Canvas {
    id: root

    property real radius: Theme.radius
    readonly property color ink: Theme.dark ? Theme.colors.phaseBorder : Theme.colors.trackFill

    onInkChanged: root.requestPaint()
    onPaint: {
        const pen = root.getContext("2d");
        pen.reset();
        pen.strokeStyle = root.ink;
        pen.lineWidth = 1;
        pen.setLineDash([3, 3]);
        pen.beginPath();
        pen.roundedRect(0.5, 0.5, root.width - 1, root.height - 1, root.radius, root.radius);
        pen.stroke();
    }
}
