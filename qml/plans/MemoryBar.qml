// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.PlanModels

/// One device: what its memory would hold at the peak, against what it has.
Column {
    id: root

    required property string name
    required property ForecastPartModel parts
    required property real used
    required property real total
    required property string usedText
    required property string totalText

    spacing: Theme.gap4
    Accessible.role: Accessible.ProgressBar
    Accessible.name: qsTr("%1: %2 of %3").arg(root.name).arg(root.usedText).arg(root.totalText)

    Row {
        width: parent.width
        Label {
            width: parent.width - figures.width
            text: root.name
            color: Theme.colors.secondary
        }
        Row {
            id: figures

            spacing: Theme.gap4
            Label {
                text: root.usedText
                weight: Theme.strong
                color: root.total > 0 && root.used > root.total ? Theme.colors.error : Theme.colors.text
            }
            Label {
                visible: root.total > 0
                text: qsTr("of %1").arg(root.totalText)
                color: Theme.colors.secondary
            }
        }
    }
    Rectangle {
        id: track

        readonly property real scale_: track.width / Math.max(root.total, root.used, 1)

        width: parent.width
        height: 20
        radius: Theme.smallRadius
        color: Theme.colors.track
        clip: true
        Row {
            Repeater {
                model: root.parts
                Rectangle {
                    id: part

                    required property string name
                    required property string text
                    required property double bytes
                    required property int series

                    width: part.bytes * track.scale_
                    height: track.height
                    color: part.series < 0 ? Theme.colors.trackFill : Theme.seriesColor(part.series)
                    Rectangle {
                        width: 1
                        height: parent.height
                        anchors.right: parent.right
                        color: Theme.colors.surface
                    }
                    HoverHandler { id: pointer }
                    Tooltip { text: part.name + " " + part.text; shown: pointer.hovered }
                }
            }
        }
        Rectangle {
            // Where the device ends, when the plan needs more.
            visible: root.total > 0 && root.used > root.total
            x: root.total * track.scale_
            width: 2
            height: parent.height
            color: Theme.colors.error
        }
    }
}
