// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Shapes
import Darkroom.Theme
import Darkroom.Controls

/// The learning rate over a phase; `points` in 0 to 1 both ways, y from the top.
Item {
    id: root

    required property var points
    required property string text
    required property bool strong

    Repeater {
        model: 4
        Rectangle {
            id: rule

            required property int index

            width: root.width
            height: 1
            y: Math.round(root.height * rule.index / 3)
            color: Theme.colors.grid
        }
    }
    Shape {
        anchors.fill: parent
        layer.enabled: true
        layer.samples: 4
        ShapePath {
            strokeColor: Theme.seriesColor(0)
            strokeWidth: root.strong ? 2 : 1.5
            fillColor: "transparent"
            joinStyle: ShapePath.RoundJoin
            PathPolyline {
                path: root.points.map(point => Qt.point(point.x * root.width, 1 + point.y * (root.height - 2)))
            }
        }
    }
    Label {
        x: Theme.gap16
        y: root.height < 70 ? root.height - 18 : Theme.gap12
        width: root.width - x - Theme.gap4
        text: root.text
        size: Theme.captionSize
        weight: root.strong ? Theme.strong : Theme.regular
        color: root.strong ? Theme.colors.text : Theme.colors.secondary
    }
}
