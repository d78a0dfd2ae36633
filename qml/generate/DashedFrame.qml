// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Shapes
import Darkroom.Theme

/// A place that waits for something.
Shape {
    id: root

    property real radius: Theme.radius

    ShapePath {
        strokeColor: Theme.dark ? Theme.colors.phaseBorder : Theme.colors.trackFill
        strokeWidth: 1
        strokeStyle: ShapePath.DashLine
        dashPattern: [3, 3]
        fillColor: "transparent"
        startX: root.radius + 0.5
        startY: 0.5
        PathLine { x: root.width - root.radius - 0.5; y: 0.5 }
        PathArc { relativeX: root.radius; relativeY: root.radius; radiusX: root.radius; radiusY: root.radius }
        PathLine { x: root.width - 0.5; y: root.height - root.radius - 0.5 }
        PathArc { relativeX: -root.radius; relativeY: root.radius; radiusX: root.radius; radiusY: root.radius }
        PathLine { x: root.radius + 0.5; y: root.height - 0.5 }
        PathArc { relativeX: -root.radius; relativeY: -root.radius; radiusX: root.radius; radiusY: root.radius }
        PathLine { x: 0.5; y: root.radius + 0.5 }
        PathArc { relativeX: root.radius; relativeY: -root.radius; radiusX: root.radius; radiusY: root.radius }
    }
}
