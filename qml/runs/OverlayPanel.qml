// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Dialogs
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// Which runs are laid over the one that is shown: those of the workspace, and logs of other programs.
Item {
    id: root

    required property RunOverlays overlays
    required property string shownName
    required property int shownLook

    Separator { width: parent.width }
    Label {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.panelPadding; topMargin: Theme.gap12 + 1 }
        text: qsTr("Overlay on the plots")
        weight: Theme.strong
        Accessible.role: Accessible.Heading
        Accessible.name: text
    }
    RowLayout {
        id: shown

        anchors { left: parent.left; right: parent.right; top: head.bottom; topMargin: Theme.gap4 }
        height: Theme.listRow
        spacing: Theme.gap8
        Switch {
            Layout.leftMargin: Theme.panelPadding
            implicitWidth: Theme.control
            checked: true
            enabled: false
            help: qsTr("The run that is shown")
            Accessible.name: root.shownName
        }
        SeriesSwatch { seriesIndex: root.shownLook }
        Label {
            Layout.fillWidth: true
            Layout.rightMargin: Theme.gap12
            text: root.shownName
        }
    }
    ListView {
        id: list

        anchors { left: parent.left; right: parent.right; top: shown.bottom; bottom: add.top }
        clip: true
        activeFocusOnTab: true
        model: root.overlays
        boundsBehavior: Flickable.StopAtBounds
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Runs to lay over this one")
        T.ScrollBar.vertical: ScrollBar {}
        delegate: OverlayRow {
            width: list.width
            overlays: root.overlays
        }
    }
    Button {
        id: add

        anchors { left: parent.left; bottom: parent.bottom; leftMargin: Theme.gap8; bottomMargin: Theme.gap8 }
        kind: Button.Ghost
        iconName: "plus"
        text: qsTr("TensorBoard or wandb folder")
        help: qsTr("Lays the runs of any log folder over the plots: TensorBoard event files, or offline runs of Weights & Biases")
        onClicked: dialog.open()
    }
    FolderDialog {
        id: dialog

        title: qsTr("Folder with TensorBoard or Weights & Biases logs")
        onAccepted: root.overlays.addFolder(dialog.selectedFolder)
    }
    DropArea {
        anchors.fill: parent
        onDropped: drop => {
            if (drop.hasUrls)
                drop.accept(Qt.CopyAction);
            for (const url of drop.urls)
                root.overlays.addFolder(url);
        }
    }
}
