// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Shape of the picture, then its sides.
ColumnLayout {
    id: root

    required property GenerateViewModel generate
    readonly property parameterInfo widthInfo: Parameters.info("width")
    readonly property parameterInfo heightInfo: Parameters.info("height")

    spacing: Theme.gap4

    RowLayout {
        spacing: 0
        FormLabel { text: qsTr("Size") }
        SegmentedControl {
            Layout.fillWidth: true
            even: true
            label: qsTr("Shape")
            current: root.generate.aspect
            onChosen: key => root.generate.aspect = key
            Segment { key: "1:1"; text: key; icon: "shape-1x1"; help: qsTr("Square") }
            Segment { key: "3:2"; text: key; icon: "shape-3x2"; help: qsTr("Wide, as a photograph") }
            Segment { key: "2:3"; text: key; icon: "shape-2x3"; help: qsTr("Tall, as a portrait") }
            Segment { key: "16:9"; text: key; icon: "shape-16x9"; help: qsTr("Very wide, as a screen") }
        }
    }
    RowLayout {
        spacing: Theme.gap8
        Layout.leftMargin: Theme.formLabel + Theme.gap8
        NumberField {
            Layout.fillWidth: true
            label: qsTr("Width")
            help: root.widthInfo.help
            value: root.generate.width
            from: root.widthInfo.minimum
            to: root.widthInfo.maximum
            stepSize: root.widthInfo.step
            unit: root.widthInfo.unit
            onEdited: newValue => root.generate.width = newValue
        }
        Label {
            text: "×"
            color: Theme.colors.secondary
        }
        NumberField {
            Layout.fillWidth: true
            label: qsTr("Height")
            help: root.heightInfo.help
            value: root.generate.height
            from: root.heightInfo.minimum
            to: root.heightInfo.maximum
            stepSize: root.heightInfo.step
            unit: root.heightInfo.unit
            onEdited: newValue => root.generate.height = newValue
        }
        IconButton {
            iconName: root.generate.sidesLinked ? "link" : "unlink"
            text: root.generate.sidesLinked ? qsTr("Sides change together") : qsTr("Sides change alone")
            onClicked: root.generate.sidesLinked = !root.generate.sidesLinked
        }
    }
}
