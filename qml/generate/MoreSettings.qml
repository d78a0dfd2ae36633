// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// What most pictures leave alone, folded away; how many are set stands beside the name.
Column {
    id: root

    required property ExtraSettings settings
    property bool open: false

    spacing: Theme.gap4

    SectionHeader {
        width: parent.width
        title: qsTr("More")
        detail: root.settings.changed > 0 ? qsTr("%n set", "", root.settings.changed) : ""
        Button {
            visible: root.settings.changed > 0
            text: qsTr("Reset")
            help: qsTr("Set everything here back to what is usual")
            onClicked: root.settings.resetAll()
        }
        IconButton {
            iconName: root.open ? "chevron-down" : "chevron-right"
            text: root.open ? qsTr("Fold away") : qsTr("Show more settings")
            onClicked: root.open = !root.open
        }
    }
    Repeater {
        id: rows

        model: root.open ? root.settings : null
        delegate: Column {
            id: entry

            required property int index
            required property var model

            width: root.width
            spacing: Theme.gap4
            Label {
                visible: entry.model.startsSection
                topPadding: Theme.gap8
                text: entry.model.section
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
            ExtraSettingRow {
                width: parent.width
                key: entry.model.key
                label: entry.model.label
                kind: entry.model.kind
                choices: entry.model.choices
                choiceIndex: entry.model.choiceIndex
                usual: entry.model.usual
                number: entry.model.number
                text: entry.model.text
                isSet: entry.model.isSet
                onEdited: newValue => root.settings.put(entry.index, newValue)
            }
        }
    }
}
