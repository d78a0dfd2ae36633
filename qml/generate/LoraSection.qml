// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Dialogs
import QtQml.Models
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Small files that are added to the model: from the workspace, from a folder, or dropped here.
Item {
    id: root

    required property LoraList loras
    required property LivePicture live

    implicitHeight: column.implicitHeight

    DropArea {
        id: drop

        anchors { fill: parent; margins: -Theme.gap4 }
        keys: ["text/uri-list"]
        onDropped: event => {
            event.accept(Qt.CopyAction);
            for (const url of event.urls)
                root.loras.add(url);
        }
        Rectangle {
            anchors.fill: parent
            visible: drop.containsDrag
            radius: Theme.radius
            color: Theme.colors.accentSoft
        }
    }
    ColumnLayout {
        id: column

        width: parent.width
        spacing: Theme.gap2

        SectionHeader {
            Layout.fillWidth: true
            title: qsTr("LoRA")
            IconButton {
                id: plus

                Layout.rightMargin: -Theme.gap6
                iconName: "plus"
                text: qsTr("Add a LoRA")
                help: qsTr("Add a LoRA file to the model; files of the workspace lie in models/lora")
                onClicked: root.loras.offeredPaths.length > 0 ? menu.open() : files.open()
                ContextMenu {
                    id: menu

                    x: plus.width - width
                    y: plus.height
                    Instantiator {
                        model: root.loras.offeredNames
                        delegate: MenuRow {
                            id: offered

                            required property int index
                            required property string modelData

                            text: offered.modelData
                            onTriggered: root.loras.addPath(root.loras.offeredPaths[offered.index])
                        }
                        onObjectAdded: (index, object) => menu.insertItem(index, object as MenuRow)
                        onObjectRemoved: (index, object) => menu.removeItem(object as MenuRow)
                    }
                    MenuRow {
                        text: qsTr("Choose a file…")
                        iconName: "folder"
                        onTriggered: files.open()
                    }
                }
            }
        }
        Label {
            Layout.fillWidth: true
            Layout.bottomMargin: Theme.gap4
            visible: root.loras.count === 0
            text: qsTr("None. Drop a LoRA file to add one.")
            color: Theme.colors.secondary
        }
        Repeater {
            model: root.loras
            LoraRow {
                Layout.fillWidth: true
                live: root.live
                onScaled: (index, scale) => root.loras.setScale(index, scale)
                onSwitched: (index, isOn) => root.loras.setOn(index, isOn)
                onRemoved: index => root.loras.remove(index)
            }
        }
    }
    FileDialog {
        id: files

        title: qsTr("Choose a LoRA")
        fileMode: FileDialog.OpenFiles
        nameFilters: [qsTr("LoRA (*.safetensors *.pt *.ckpt)"), qsTr("All files (*)")]
        onAccepted: {
            for (const url of selectedFiles)
                root.loras.add(url);
        }
    }
}
