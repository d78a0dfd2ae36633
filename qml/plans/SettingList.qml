// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.PlanModels

/// Settings in sections.
Column {
    id: root

    required property PlanSettingModel settings

    signal edited(string key, var value)
    signal inheritAsked(string key)

    spacing: Theme.gap4
    Repeater {
        model: root.settings
        Column {
            id: entry

            required property int index
            required property var model

            width: root.width
            spacing: Theme.gap6
            Label {
                topPadding: entry.index > 0 ? Theme.gap16 : 0
                visible: entry.model.startsSection
                text: entry.model.section
                weight: Theme.strong
                Accessible.role: Accessible.Heading
                Accessible.name: text
            }
            SettingRow {
                width: parent.width
                setting: entry.model
                onEdited: value => root.edited(entry.model.key, value)
                onInheritAsked: root.inheritAsked(entry.model.key)
            }
        }
    }
}
