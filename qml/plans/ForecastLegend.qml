// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.PlanModels

/// The parts of a device's memory: coloured ones in two columns, the grey rest, whose names are longer, a line each.
GridLayout {
    id: root

    required property ForecastPartModel parts

    columns: 2
    columnSpacing: Theme.gap16
    rowSpacing: Theme.gap2
    Repeater {
        model: root.parts
        RowLayout {
            id: part

            required property string name
            required property string text
            required property int series

            Layout.fillWidth: true
            Layout.preferredWidth: 1
            Layout.columnSpan: part.series < 0 ? 2 : 1
            spacing: Theme.gap8
            Rectangle {
                implicitWidth: 8
                implicitHeight: 8
                radius: 2
                color: part.series < 0 ? Theme.colors.trackFill : Theme.seriesColor(part.series)
            }
            Label {
                Layout.fillWidth: true
                text: part.name
                color: Theme.colors.secondary
            }
            Label { text: part.text }
        }
    }
}
