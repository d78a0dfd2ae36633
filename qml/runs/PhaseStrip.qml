// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.RunModels

/// Progress over the phases of the plan, each as wide as its share of all steps.
Item {
    id: root

    required property RunViewModel run

    implicitHeight: 48
    implicitWidth: 300
    Accessible.role: Accessible.ProgressBar
    Accessible.name: root.run.placeText

    Row {
        id: words

        width: parent.width
        spacing: Theme.gap8
        Label {
            id: percent

            text: Format.percent(root.run.progress, 1)
            size: Theme.figureSize
            weight: Theme.strong
        }
        Label {
            width: parent.width - percent.width - parent.spacing
            anchors.baseline: percent.baseline
            text: root.run.placeText
            color: Theme.colors.secondary
        }
    }
    Row {
        id: bars

        readonly property real room: root.width - Theme.gap2 * (parts.count - 1)

        anchors { top: words.bottom; topMargin: Theme.gap4 }
        spacing: Theme.gap2
        Repeater {
            id: parts

            model: root.run.phases
            Column {
                id: part

                required property int number
                required property string name
                required property double share
                required property double progress
                required property bool active

                spacing: Theme.gap2
                Rectangle {
                    width: Math.max(2, bars.room * part.share)
                    height: 6
                    radius: 1
                    color: Theme.colors.track
                    Rectangle {
                        width: parent.width * part.progress
                        height: parent.height
                        radius: 1
                        color: part.active ? Theme.colors.accent : Theme.colors.trackFill
                    }
                }
                Label {
                    visible: parts.count > 1
                    text: part.number
                    size: Theme.captionSize
                    color: part.active ? Theme.colors.accentText : Theme.colors.secondary
                }
                HoverHandler { id: pointer }
                Tooltip { text: part.name; shown: pointer.hovered }
            }
        }
    }
}
