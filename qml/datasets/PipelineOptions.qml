// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// What all stages share: size of the pictures, the model whose VAE makes latents, the devices; and where pictures may be downloaded from.
Sheet {
    id: root

    required property DatasetsViewModel datasets
    readonly property DatasetPipeline pipeline: root.datasets.pipeline

    modal: true
    anchors.centerIn: parent
    width: 420
    height: content.implicitHeight + 2 * root.padding
    padding: Theme.gap24
    onOpened: size.forceActiveFocus()

    ColumnLayout {
        id: content

        width: parent.width
        spacing: Theme.gap8
        Label {
            Layout.bottomMargin: Theme.gap8
            text: qsTr("Pipeline")
            size: Theme.dialogSize
            weight: Theme.strong
        }
        RowLayout {
            spacing: 0
            FormLabel { text: qsTr("Size") }
            NumberField {
                id: size

                Layout.preferredWidth: 96
                label: qsTr("Side of the pictures")
                help: qsTr("Pictures are cut to a square and brought to this side")
                value: root.pipeline.imageSize
                from: 8
                to: 4096
                stepSize: 64
                unit: qsTr("px")
                onEdited: value => root.pipeline.imageSize = value
            }
            Item { Layout.fillWidth: true }
        }
        RowLayout {
            spacing: 0
            FormLabel { text: qsTr("Model") }
            Field {
                Layout.fillWidth: true
                mono: true
                label: qsTr("Model")
                help: qsTr("Its VAE makes the latents: pocket, or the path of a model")
                text: root.pipeline.model
                onEditingFinished: root.pipeline.model = text
            }
        }
        RowLayout {
            spacing: 0
            FormLabel { text: qsTr("Devices") }
            Field {
                Layout.fillWidth: true
                mono: true
                label: qsTr("Devices")
                help: qsTr("That encode, with commas: auto, cpu, or cuda:0,cuda:1")
                text: root.pipeline.devices
                onEditingFinished: root.pipeline.devices = text
            }
        }
        RowLayout {
            visible: root.pipeline.downloads
            spacing: 0
            FormLabel { text: qsTr("Networks") }
            Field {
                objectName: "networks"
                Layout.fillWidth: true
                mono: true
                label: qsTr("Private networks")
                help: qsTr("That pictures may come from too, with commas. Others of this building and this computer are refused.")
                placeholderText: qsTr("none: 10.1.0.0/16 opens one")
                text: root.pipeline.networks
                onEditingFinished: root.pipeline.networks = text
            }
        }
        Button {
            Layout.topMargin: Theme.gap8
            Layout.alignment: Qt.AlignRight
            implicitHeight: Theme.primaryControl
            text: qsTr("Close")
            onClicked: root.close()
        }
    }
}
