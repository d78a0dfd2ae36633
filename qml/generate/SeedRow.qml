// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// The seed, the dice for a new one, and the lock that keeps it.
RowLayout {
    id: root

    required property GenerateViewModel generate
    readonly property parameterInfo info: Parameters.info("seed")

    spacing: Theme.gap8

    FormLabel {
        Layout.rightMargin: 0
        text: qsTr("Seed")
    }
    NumberField {
        Layout.fillWidth: true
        label: qsTr("Seed")
        help: root.info.help
        mono: true
        horizontalAlignment: TextInput.AlignLeft
        value: root.generate.seed
        from: root.info.minimum
        to: root.info.maximum
        onEdited: newValue => root.generate.seed = newValue
    }
    IconButton {
        filled: true
        iconName: "dice"
        text: qsTr("New random seed")
        help: qsTr("New random seed (Ctrl+R)")
        onClicked: root.generate.rollSeed()
    }
    IconButton {
        filled: true
        active: root.generate.seedLocked
        iconName: root.generate.seedLocked ? "lock" : "unlock"
        text: root.generate.seedLocked ? qsTr("The seed stays as it is") : qsTr("Each picture takes a new seed")
        onClicked: root.generate.seedLocked = !root.generate.seedLocked
    }
}
