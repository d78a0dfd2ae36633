// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// Names and values under a heading, two side by side.
ColumnLayout {
    id: root

    required property string title
    required property FactModel facts
    property string emptyText

    spacing: Theme.gap4
    Label {
        text: root.title
        weight: Theme.strong
    }
    Label {
        visible: root.facts.count === 0
        text: root.emptyText
        color: Theme.colors.secondary
    }
    GridLayout {
        Layout.fillWidth: true
        columns: 2
        columnSpacing: Theme.gap24
        rowSpacing: Theme.gap2
        Repeater {
            model: root.facts
            RowLayout {
                id: fact

                required property string name
                required property string value

                Layout.fillWidth: true
                Layout.preferredWidth: 1
                Label {
                    Layout.fillWidth: true
                    text: fact.name
                    color: Theme.colors.secondary
                }
                Label { text: fact.value }
            }
        }
    }
}
