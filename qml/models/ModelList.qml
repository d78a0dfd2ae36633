// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtQuick.Dialogs
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// What can generate in this workspace, by where it came from.
FocusScope {
    id: root

    required property ModelsViewModel models

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.surface
    }
    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; leftMargin: Theme.panelPadding; rightMargin: Theme.gap8 }
        height: Theme.header
        spacing: 0
        Label {
            Layout.fillWidth: true
            text: qsTr("Models")
            size: Theme.titleSize
            weight: Theme.strong
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        IconButton {
            iconName: "plus"
            iconSize: Theme.toolIcon
            text: qsTr("Import a file")
            help: qsTr("A .safetensors, .ckpt or .pt file; a diffusers folder can be dropped onto the page")
            onClicked: files.open()
        }
        IconButton {
            iconName: "download"
            iconSize: Theme.toolIcon
            active: hub.visible
            text: qsTr("Download from the hub")
            help: qsTr("Fetches a model by its name on the Hugging Face hub")
            onClicked: hub.visible = !hub.visible
        }
    }
    Separator {
        id: line

        anchors { left: parent.left; right: parent.right; top: head.bottom }
    }
    HubForm {
        id: hub

        anchors { left: parent.left; right: parent.right; top: line.bottom; margins: Theme.gap12; topMargin: visible ? Theme.gap12 : 0 }
        visible: false
        height: visible ? implicitHeight : 0
        onAsked: (repository, revision, patterns) => root.models.download(repository, revision, patterns)
    }
    Column {
        id: tasks

        anchors { left: parent.left; right: parent.right; top: hub.bottom; margins: Theme.gap12; topMargin: root.models.tasks.count > 0 ? Theme.gap12 : 0 }
        spacing: Theme.gap12
        Repeater {
            model: root.models.tasks
            ModelTaskRow {
                width: tasks.width
                onStopAsked: taskId => root.models.stopTask(taskId)
                onDismissAsked: taskId => root.models.dismissTask(taskId)
            }
        }
    }
    ListView {
        id: list

        anchors { left: parent.left; right: parent.right; top: tasks.bottom; bottom: undo.top; topMargin: Theme.gap4 }
        clip: true
        focus: true
        activeFocusOnTab: true
        model: root.models.list
        boundsBehavior: Flickable.StopAtBounds
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Models")
        T.ScrollBar.vertical: ScrollBar {}
        section.property: "group"
        onCurrentItemChanged: if (list.activeFocus && list.currentItem) (list.currentItem as ModelRow).chosen()
        Keys.onDeletePressed: root.models.deleteSelected()
        delegate: ModelRow {
            id: row

            width: list.width
            selected: root.models.selected === row.path
            focused: list.activeFocus && ListView.isCurrentItem
            onChosen: {
                list.currentIndex = row.index;
                root.models.selected = row.path;
            }
        }
    }
    RowLayout {
        id: undo

        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; margins: Theme.gap12 }
        height: visible ? implicitHeight : 0
        visible: root.models.deletedName.length > 0
        spacing: Theme.gap8
        Label {
            Layout.fillWidth: true
            text: qsTr("%1 is in the bin.").arg(root.models.deletedName)
            color: Theme.colors.secondary
        }
        Button {
            text: qsTr("Put back")
            iconName: "undo"
            onClicked: root.models.undoDelete()
        }
    }
    Separator { anchors { right: parent.right; top: parent.top; bottom: parent.bottom } }
    FileDialog {
        id: files

        title: qsTr("Import a model")
        fileMode: FileDialog.OpenFiles
        nameFilters: [qsTr("Models (*.safetensors *.ckpt *.pt)"), qsTr("All files (*)")]
        onAccepted: root.models.importFiles(selectedFiles)
    }
}
