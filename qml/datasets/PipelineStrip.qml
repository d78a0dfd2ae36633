// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.DatasetModels

/// The stages from metadata to latents: what is done, what runs, what comes. Left and Right choose how far a run goes. Beside them the audit of
/// the source and the mixture of several.
FocusScope {
    id: root

    required property DatasetsViewModel datasets
    readonly property DatasetPipeline pipeline: root.datasets.pipeline

    signal quarantineAsked(string stage, string title)
    signal optionsAsked
    signal auditAsked
    signal mixtureAsked

    function step(by: int): void {
        for (let i = 0; i < stages.count; ++i) {
            const stage = stages.itemAt(i) as StageColumn;
            if (stage && stage.key === root.pipeline.target) {
                const other = stages.itemAt(i + by) as StageColumn;
                if (other)
                    root.pipeline.target = other.key;
                return;
            }
        }
    }

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.surface
    }
    Separator { anchors { left: parent.left; right: parent.right; top: parent.top } }
    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding }
        y: Theme.gap4
        height: 32
        spacing: Theme.gap12
        Label {
            text: qsTr("Pipeline")
            weight: Theme.strong
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        Label {
            Layout.fillWidth: true
            text: root.pipeline.busyWith.length > 0 ? qsTr("the stages of %1 run").arg(root.pipeline.busyWith) : root.pipeline.summary
            color: Theme.colors.secondary
        }
        Label {
            visible: root.pipeline.quarantined > 0
            text: qsTr("Quarantine %1").arg(Format.count(root.pipeline.quarantined))
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
        SideStageButton {
            objectName: "audit"
            stage: root.datasets.audit
            help: qsTr("Looks at every picture of the shards and at its caption: what is broken, flat, too small, there twice")
            onClicked: root.auditAsked()
        }
        SideStageButton {
            objectName: "mixture"
            stage: root.datasets.mixtures
            help: qsTr("Encoded datasets with shares, which a plan takes as one source")
            onClicked: root.mixtureAsked()
        }
        IconButton {
            iconName: "settings"
            text: qsTr("Size, model and devices")
            onClicked: root.optionsAsked()
        }
        Button {
            objectName: "pause"
            visible: root.pipeline.running || root.pipeline.busyWith.length > 0
            text: qsTr("Pause")
            iconName: "pause"
            help: qsTr("The stage saves and ends; a run goes on from there")
            onClicked: root.pipeline.pause()
        }
        Button {
            objectName: "run"
            visible: !root.pipeline.running && root.pipeline.busyWith.length === 0
            text: qsTr("Run to here")
            iconName: "play"
            help: qsTr("Runs what is missing or out of date up to the chosen stage")
            enabled: root.datasets.state === DatasetsViewModel.Ready || root.pipeline.target === "fetch"
            onClicked: root.pipeline.runTo(root.pipeline.target)
        }
    }
    Row {
        id: row

        anchors { left: parent.left; right: parent.right; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding; top: head.bottom; bottom: parent.bottom; bottomMargin: Theme.gap8 }
        activeFocusOnTab: true
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Stages")
        Accessible.focusable: true
        Keys.onLeftPressed: root.step(-1)
        Keys.onRightPressed: root.step(1)
        Keys.onReturnPressed: root.pipeline.runTo(root.pipeline.target)
        Repeater {
            id: stages

            model: root.pipeline.stages
            StageColumn {
                id: column

                width: row.width / Math.max(1, stages.count)
                height: row.height
                chosen: root.pipeline.target === column.key
                focused: row.activeFocus && column.chosen
                last: column.index === stages.count - 1
                idle: !root.pipeline.running && root.pipeline.busyWith.length === 0
                onTapped: {
                    row.forceActiveFocus(Qt.MouseFocusReason);
                    root.pipeline.target = column.key;
                }
                onRunAsked: root.pipeline.run(column.key)
                onAnewAsked: root.pipeline.startAnew()
                onQuarantineAsked: root.quarantineAsked(column.key, column.title)
            }
        }
    }
}
