// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// How a source is added: from this computer, by its name on the hub, or the pictures that come with the program.
Sheet {
    id: root

    required property DatasetsViewModel datasets

    signal filesAsked
    signal folderAsked

    modal: true
    anchors.centerIn: parent
    width: 480
    height: content.implicitHeight + 2 * root.padding
    padding: Theme.gap24
    onOpened: folder.forceActiveFocus(Qt.TabFocusReason)

    ColumnLayout {
        id: content

        width: parent.width
        spacing: Theme.gap12
        Label {
            Layout.fillWidth: true
            text: qsTr("Add a source")
            size: Theme.dialogSize
            weight: Theme.strong
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        Label {
            Layout.fillWidth: true
            text: qsTr("Parquet metadata, tar shards, a folder of pictures, an Arrow dataset, COCO, VGGFace2, DiffusionDB or JourneyDB: what it is is found out. Nothing is copied.")
            color: Theme.colors.secondary
            wrapMode: Text.Wrap
        }
        RowLayout {
            spacing: Theme.gap8
            Button {
                id: folder

                text: qsTr("Folder…")
                iconName: "folder"
                onClicked: {
                    root.close();
                    root.folderAsked();
                }
            }
            Button {
                text: qsTr("Files…")
                iconName: "datasets"
                onClicked: {
                    root.close();
                    root.filesAsked();
                }
            }
            Button {
                text: qsTr("Demo pictures")
                iconName: "image"
                help: qsTr("701 small pictures with captions, which come with the program")
                onClicked: {
                    root.close();
                    root.datasets.addDemo();
                }
            }
        }
        Separator { Layout.fillWidth: true }
        Label {
            Layout.fillWidth: true
            text: qsTr("Or the metadata of a dataset on the hub: the Fetch stage downloads it.")
            color: Theme.colors.secondary
            wrapMode: Text.Wrap
        }
        RowLayout {
            spacing: Theme.gap8
            Field {
                id: repository

                Layout.fillWidth: true
                mono: true
                label: qsTr("Name on the hub")
                help: qsTr("Owner and name, with a slash between")
                placeholderText: "laion/laion2B-en-aesthetic"
                onAccepted: fetch.clicked()
            }
            Button {
                id: fetch

                text: qsTr("Add")
                enabled: repository.text.length > 0
                onClicked: {
                    root.close();
                    root.datasets.addRepository(repository.text);
                }
            }
        }
    }
}
