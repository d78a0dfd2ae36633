// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Theme and motion, and the way to the keys.
Sheet {
    id: root

    required property ShellViewModel shell
    readonly property list<string> keys: ["dark", "light", "system"]

    signal shortcutsAsked

    x: Theme.railWidth + Theme.gap8
    y: parent ? parent.height - Theme.activityBar - height - Theme.gap8 : 0
    width: 300
    padding: Theme.gap16

    contentItem: ColumnLayout {
        spacing: Theme.gap12
        SectionHeader {
            Layout.fillWidth: true
            title: qsTr("Look")
        }
        SegmentedControl {
            Layout.fillWidth: true
            focus: true
            even: true
            label: qsTr("Theme")
            current: root.keys[root.shell.themeMode]
            onChosen: key => root.shell.trigger("theme." + key)
            Segment { key: "dark"; text: qsTr("Dark") }
            Segment { key: "light"; text: qsTr("Light") }
            Segment { key: "system"; text: qsTr("System"); help: qsTr("As the desktop says") }
        }
        Switch {
            text: qsTr("Reduce motion")
            help: qsTr("No fading and sliding")
            checked: root.shell.reduceMotion
            onToggled: root.shell.reduceMotion = checked
        }
        Button {
            Layout.fillWidth: true
            text: qsTr("Keys of this page")
            iconName: "keyboard"
            keys: "F1"
            onClicked: {
                root.close();
                root.shortcutsAsked();
            }
        }
    }
}
