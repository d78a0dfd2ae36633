// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// Into which form the model is converted.
ColumnLayout {
    id: root

    property string form: "single-file"
    property string dtype: "stored"
    property string weights: "ema"

    signal asked(string form, string dtype, string weights)

    spacing: Theme.gap6

    RowLayout {
        spacing: 0
        FormLabel { text: qsTr("Form") }
        SegmentedControl {
            label: qsTr("Form")
            current: root.form
            onChosen: key => root.form = key
            Segment { key: "single-file"; text: qsTr("Single file"); help: qsTr("One .safetensors file with CompVis names, as AUTOMATIC1111 and ComfyUI load it") }
            Segment { key: "diffusers"; text: qsTr("Folder"); help: qsTr("A folder as diffusers has it") }
            Segment { key: "source-run"; text: qsTr("Source run"); help: qsTr("A .pt file as the source run wrote them; for models of the layout scratch") }
        }
    }
    RowLayout {
        spacing: 0
        FormLabel { text: qsTr("Numbers") }
        SegmentedControl {
            label: qsTr("Number format")
            current: root.dtype
            onChosen: key => root.dtype = key
            Segment { key: "stored"; text: qsTr("As stored"); help: qsTr("Bit by bit") }
            Segment { key: "fp32"; text: "fp32" }
            Segment { key: "fp16"; text: "fp16" }
            Segment { key: "bf16"; text: "bf16" }
        }
    }
    RowLayout {
        spacing: 0
        FormLabel { text: qsTr("Weights") }
        SegmentedControl {
            label: qsTr("Weights")
            current: root.weights
            onChosen: key => root.weights = key
            Segment { key: "ema"; text: qsTr("EMA"); help: qsTr("The moving average where there is one") }
            Segment { key: "live"; text: qsTr("Live"); help: qsTr("As the optimiser left them") }
        }
    }
    Button {
        Layout.leftMargin: Theme.formLabel + Theme.gap8
        text: qsTr("Convert")
        onClicked: root.asked(root.form, root.dtype, root.weights)
    }
}
