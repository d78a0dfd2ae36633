// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme

/// A form row: name, slider, field with its unit. `value` is never changed here: `edited` asks the owner to. Where it can be live, the
/// flash behind the name and the key L switch that.
RowLayout {
    id: root

    required property string label
    property string help
    property real value: 0
    property real from: 0
    property real to: 100
    /// End of the slider where the field may go further.
    property real sliderTo: root.to
    property real stepSize: 1
    property int decimals: 0
    property string unit
    property real defaultValue: root.from
    property bool canBeLive: false
    property bool live: false

    signal edited(real newValue)
    signal liveToggled

    spacing: 0
    Keys.onPressed: event => {
        event.accepted = root.canBeLive && event.key === Qt.Key_L && event.modifiers === Qt.NoModifier;
        if (event.accepted)
            root.liveToggled();
    }

    FormLabel {
        id: name

        text: root.label
        LiveMark {
            objectName: "live"
            anchors { right: parent.right; verticalCenter: parent.verticalCenter }
            visible: root.canBeLive && (root.live || overRow.hovered || slider.activeFocus)
            live: root.live
            onToggled: root.liveToggled()
        }
    }
    Slider {
        id: slider

        objectName: "slider"
        Layout.fillWidth: true
        Layout.rightMargin: Theme.gap8
        label: root.label
        help: root.help
        isLive: root.live
        from: root.from
        to: root.sliderTo
        stepSize: root.stepSize
        value: root.value
        onMoved: root.edited(Number(value.toFixed(root.decimals)))
        onResetAsked: root.edited(root.defaultValue)
    }
    NumberField {
        objectName: "field"
        Layout.preferredWidth: Theme.numberField
        label: root.label
        help: root.help
        value: root.value
        from: root.from
        to: root.to
        stepSize: root.stepSize
        decimals: root.decimals
        unit: root.unit
        onEdited: newValue => root.edited(newValue)
    }
    HoverHandler { id: overRow }
}
