// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme

/// A form row: name, slider, field with its unit. `value` is never changed here: `edited` asks the owner to.
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

    signal edited(real newValue)

    spacing: 0

    FormLabel { text: root.label }
    Slider {
        objectName: "slider"
        Layout.fillWidth: true
        Layout.rightMargin: Theme.gap8
        label: root.label
        help: root.help
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
}
