// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// The settings of a picture, one row each.
ColumnLayout {
    id: root

    required property GenerateViewModel generate

    spacing: Theme.gap4

    Item { implicitHeight: Theme.gap6 }
    RowLayout {
        spacing: 0
        FormLabel { text: qsTr("Model") }
        ComboBox {
            Layout.fillWidth: true
            label: qsTr("Model")
            help: Parameters.info("model").help
            model: root.generate.models
            textRole: "name"
            detailRole: "detail"
            currentIndex: root.generate.modelIndex
            displayText: root.generate.modelName
            onActivated: index => root.generate.modelIndex = index
        }
    }
    RowLayout {
        spacing: 0
        FormLabel { text: qsTr("Weights") }
        SegmentedControl {
            Layout.preferredWidth: 118
            even: true
            label: qsTr("Weights")
            current: root.generate.weights
            onChosen: key => root.generate.weights = key
            Segment {
                key: "ema"
                text: qsTr("EMA")
                help: qsTr("Weights averaged over the training: calmer, usually better.")
            }
            Segment {
                key: "live"
                text: qsTr("Live")
                enabled: root.generate.canChooseWeights
                help: qsTr("Weights as the last training step left them.")
            }
        }
        Label {
            Layout.fillWidth: true
            Layout.leftMargin: Theme.gap8
            horizontalAlignment: Text.AlignRight
            text: root.generate.modelDetail
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    RowLayout {
        spacing: 0
        FormLabel { text: qsTr("Sampler") }
        ComboBox {
            Layout.fillWidth: true
            label: qsTr("Sampler")
            help: Parameters.info("sampler").help
            model: root.generate.samplers
            textRole: "title"
            currentIndex: root.generate.samplerIndex
            onActivated: index => root.generate.samplerIndex = index
        }
    }
    ParameterRow {
        Layout.fillWidth: true
        label: qsTr("Steps")
        info: Parameters.info("steps")
        sliderTo: 150
        follower: root.generate.live
        value: root.generate.steps
        onEdited: newValue => root.generate.steps = newValue
    }
    ParameterRow {
        Layout.fillWidth: true
        label: qsTr("CFG")
        info: Parameters.info("cfg_scale")
        decimals: 1
        sliderTo: 20
        follower: root.generate.live
        value: root.generate.cfg
        onEdited: newValue => root.generate.cfg = newValue
    }
    SizeRows {
        Layout.fillWidth: true
        generate: root.generate
    }
    SeedRow {
        Layout.fillWidth: true
        generate: root.generate
    }
    ParameterRow {
        Layout.fillWidth: true
        label: qsTr("Count")
        info: Parameters.info("count")
        unit: qsTr("img")
        sliderTo: 16
        value: root.generate.count
        onEdited: newValue => root.generate.count = newValue
    }
    Item { implicitHeight: Theme.gap6 }
}
