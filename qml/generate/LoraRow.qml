// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// A LoRA: on or off, its name, how much of it, away with it. Delete removes it.
RowLayout {
    id: root

    required property int index
    required property string name
    required property string path
    required property double scale
    required property bool on
    required property LivePicture live
    readonly property bool isLive: root.live.keys.includes("lora")

    signal scaled(int index, real scale)
    signal switched(int index, bool isOn)
    signal removed(int index)

    function edit(newScale: real): void {
        root.scaled(root.index, newScale);
        root.live.moved("lora");
    }

    spacing: Theme.gap8
    Keys.onDeletePressed: root.removed(root.index)
    Keys.onPressed: event => {
        event.accepted = event.key === Qt.Key_L && event.modifiers === Qt.NoModifier;
        if (event.accepted)
            root.live.toggle("lora");
    }

    Switch {
        id: use

        Layout.preferredWidth: 28
        checked: root.on
        Accessible.name: qsTr("Use %1").arg(root.name)
        help: use.checked ? qsTr("Leave it out for now") : qsTr("Use it again")
        onToggled: root.switched(root.index, use.checked)
    }
    Label {
        Layout.fillWidth: true
        text: root.name
        elide: Text.ElideMiddle
        color: root.on ? Theme.colors.text : Theme.colors.disabled
        HoverHandler { id: onName }
        Tooltip { text: root.path; shown: onName.hovered }
    }
    LiveMark {
        visible: root.isLive || overRow.hovered || slider.activeFocus
        live: root.isLive
        onToggled: root.live.toggle("lora")
    }
    Slider {
        id: slider

        Layout.preferredWidth: 76
        enabled: root.on
        label: qsTr("Scale of %1").arg(root.name)
        help: qsTr("How much of it is added: 1 as it was trained, negative takes away")
        isLive: root.isLive
        from: 0
        to: 2
        stepSize: 0.05
        value: root.scale
        onMoved: root.edit(Number(slider.value.toFixed(2)))
        onResetAsked: root.edit(1)
    }
    NumberField {
        Layout.preferredWidth: 52
        enabled: root.on
        label: slider.label
        help: slider.help
        from: -10
        to: 10
        stepSize: 0.05
        decimals: 2
        value: root.scale
        onEdited: newValue => root.edit(newValue)
    }
    IconButton {
        Layout.leftMargin: -Theme.gap4
        Layout.rightMargin: -Theme.gap6
        side: Theme.compactControl
        iconName: "close"
        iconSize: Theme.smallIcon
        text: qsTr("Remove %1").arg(root.name)
        onClicked: root.removed(root.index)
    }
    HoverHandler { id: overRow }
}
