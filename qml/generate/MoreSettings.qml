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
    required property LivePicture follower
    property bool open: false

    spacing: Theme.gap4

    RowLayout {
        width: parent.width
        height: Theme.formRow
        spacing: Theme.gap8
        FoldButton {
            Layout.fillWidth: true
            text: qsTr("Advanced")
            detail: root.settings.changed > 0 ? qsTr("%n set", "", root.settings.changed) : qsTr("schedule, eta, CLIP skip, hires")
            open: root.open
            onClicked: root.open = !root.open
        }
        Button {
            visible: root.open && root.settings.changed > 0
            text: qsTr("Reset")
            help: qsTr("Set everything here back to what is usual")
            onClicked: root.settings.resetAll()
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
                follower: root.follower
                onEdited: newValue => root.settings.put(entry.index, newValue)
            }
        }
    }
}
