// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// What is wrong with the pictures of the chosen source: by kind with counts, and the pictures of each kind.
Sheet {
    id: root

    required property DatasetsViewModel datasets
    readonly property DatasetAudit audit: root.datasets.audit

    modal: true
    anchors.centerIn: parent
    width: Math.min(960, parent ? parent.width - 96 : 960)
    height: Math.min(680, parent ? parent.height - 96 : 680)
    padding: Theme.gap24
    onOpened: root.audit.kinds.count > 0 ? findings.reach() : run.forceActiveFocus()

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.gap12
        SheetHead {
            title: qsTr("Audit of %1").arg(root.datasets.title)
            onCloseAsked: root.close()
            Label {
                Layout.fillWidth: true
                text: root.audit.running ? "" : root.audit.known ? root.audit.detail : ""
                color: root.audit.state === "stale" ? Theme.colors.warning : Theme.colors.secondary
            }
        }
        RowLayout {
            spacing: Theme.gap8
            Label {
                text: qsTr("Too small below")
                color: Theme.colors.secondary
            }
            NumberField {
                Layout.preferredWidth: 86
                label: qsTr("Too small below")
                help: qsTr("A picture whose shorter side is below it counts as too small")
                value: root.audit.tinySide
                from: 0
                to: 32768
                stepSize: 8
                unit: qsTr("px")
                onEdited: value => root.audit.tinySide = value
            }
            Label {
                Layout.leftMargin: Theme.gap8
                text: qsTr("Flat below")
                color: Theme.colors.secondary
            }
            NumberField {
                label: qsTr("Flat below")
                help: qsTr("A picture whose values spread less, by their standard deviation of 0 to 127.5, counts as flat")
                value: root.audit.flatSpread
                from: 0
                to: 127.5
                decimals: 1
                onEdited: value => root.audit.flatSpread = value
            }
            Label {
                Layout.fillWidth: true
                Layout.leftMargin: Theme.gap8
                text: root.audit.running ? "" : root.audit.cannot
                color: Theme.colors.secondary
                horizontalAlignment: Text.AlignRight
            }
            Button {
                id: run

                objectName: "run"
                text: root.audit.running ? qsTr("Pause") : root.audit.state === "paused" || root.audit.state === "failed" ? qsTr("Go on") : root.audit.known ? qsTr("Look again") : qsTr("Look at every picture")
                iconName: root.audit.running ? "pause" : "play"
                help: qsTr("Shards that were looked at and have not changed since are not decoded again")
                enabled: root.audit.running || root.audit.canRun
                onClicked: root.audit.running ? root.audit.pause() : root.audit.run()
            }
        }
        SideStageProgress {
            Layout.fillWidth: true
            stage: root.audit
        }
        Separator { Layout.fillWidth: true }
        AuditFindings {
            id: findings

            Layout.fillWidth: true
            Layout.fillHeight: true
            visible: root.audit.kinds.count > 0
            audit: root.audit
        }
        Item {
            Layout.fillWidth: true
            Layout.fillHeight: true
            visible: !findings.visible
            EmptyState {
                anchors.centerIn: parent
                width: 400
                iconName: root.audit.known && !root.audit.running ? "ok" : "datasets"
                title: root.audit.running ? qsTr("Every picture is decoded") : root.audit.known ? qsTr("Nothing was found") : qsTr("Not looked at yet")
                text: root.audit.running ? qsTr("Findings stand here at the end: which pictures are there twice is known only then.")
                                       : root.audit.known ? qsTr("Every picture decodes, has a caption of its own, and is there once.")
                                       : root.audit.canRun ? qsTr("Broken, cut, flat, tiny and repeated pictures, captions that are missing or too long, pairs that do not belong together.")
                                                           : qsTr("It looks at shards: run the stages up to Shards first.")
            }
        }
    }
}
