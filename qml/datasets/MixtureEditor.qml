// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// The open mixture: its name, its datasets with their shares, its file.
ColumnLayout {
    id: root

    required property DatasetMixtures mixtures

    function reach(): void {
        name.forceActiveFocus();
    }

    spacing: Theme.gap12
    RowLayout {
        Layout.fillWidth: true
        spacing: Theme.gap8
        Field {
            id: name

            objectName: "name"
            Layout.preferredWidth: 220
            label: qsTr("Name of the mixture")
            help: qsTr("Another name makes another mixture of it")
            text: root.mixtures.name
            onEditingFinished: {
                root.mixtures.name = name.text;
                name.text = Qt.binding(() => root.mixtures.name);
            }
        }
        StageMark { stage: root.mixtures.state }
        Label {
            Layout.fillWidth: true
            text: root.mixtures.detail
            color: root.mixtures.state === "stale" ? Theme.colors.warning : Theme.colors.secondary
        }
    }
    Row {
        id: bar

        Layout.fillWidth: true
        Layout.preferredHeight: 8
        Repeater {
            model: root.mixtures.parts
            Rectangle {
                id: part

                required property bool on
                required property double percent
                required property int band

                width: part.on ? bar.width * part.percent / 100 : 0
                height: bar.height
                color: Theme.bandColor(part.band)
            }
        }
    }
    ListView {
        id: parts

        objectName: "parts"
        Layout.fillWidth: true
        Layout.fillHeight: true
        clip: true
        spacing: Theme.gap8
        model: root.mixtures.parts
        boundsBehavior: Flickable.StopAtBounds
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Datasets of the workspace")
        T.ScrollBar.vertical: ScrollBar {}
        delegate: MixtureRow {
            id: row

            width: parts.width - Theme.gap12
            alone: root.mixtures.chosen === 1
            onOnAsked: on => root.mixtures.setOn(row.index, on)
            onShareAsked: percent => root.mixtures.setShare(row.index, percent)
            onLimitAsked: rows => root.mixtures.setLimit(row.index, rows)
        }
        EmptyState {
            anchors.centerIn: parent
            width: 360
            visible: parts.count === 0
            iconName: "datasets"
            title: qsTr("No dataset yet")
            text: qsTr("A mixture is made of sources whose stages have run up to Latents.")
        }
    }
    SideStageProgress {
        Layout.fillWidth: true
        stage: root.mixtures
    }
    Separator { Layout.fillWidth: true }
    RowLayout {
        Layout.fillWidth: true
        spacing: Theme.gap8
        ColumnLayout {
            spacing: 0
            Label {
                Layout.fillWidth: true
                text: root.mixtures.file
                mono: true
                size: Theme.captionSize
                elide: Text.ElideMiddle
                HoverHandler { id: pointer }
                Tooltip { text: root.mixtures.file; shown: pointer.hovered }
            }
            Label {
                Layout.fillWidth: true
                text: root.mixtures.cannot.length > 0 ? root.mixtures.cannot : qsTr("A source of a plan’s phase names this file where it could name a dataset.")
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
        }
        Button {
            objectName: "remove"
            visible: root.mixtures.current.length > 0
            kind: Button.Ghost
            implicitHeight: Theme.primaryControl
            text: qsTr("Remove")
            help: qsTr("Removes the file; what is chosen stays here, so that it can be written again")
            onClicked: root.mixtures.removeFile()
        }
        Button {
            objectName: "write"
            kind: Button.Primary
            text: root.mixtures.current.length > 0 && root.mixtures.current === root.mixtures.name ? qsTr("Write again") : qsTr("Write the mixture")
            help: root.mixtures.cannot
            enabled: root.mixtures.canWrite
            onClicked: root.mixtures.write()
        }
    }
}
