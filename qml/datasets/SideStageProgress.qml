// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// How far a stage beside the row is, or why it did not come to its end; nothing while neither is so.
ColumnLayout {
    id: root

    required property SideStage stage
    readonly property bool broken: root.stage.state === "failed" || root.stage.state === "paused"

    visible: root.stage.running || root.broken
    spacing: Theme.gap4
    ProgressBar {
        Layout.fillWidth: true
        label: root.stage.title
        live: root.stage.running
        indeterminate: root.stage.running && root.stage.progress < 0
        value: Math.max(0, root.stage.progress)
    }
    RowLayout {
        Layout.fillWidth: true
        spacing: Theme.gap8
        Label {
            text: root.stage.line
            weight: Theme.medium
        }
        Label {
            Layout.fillWidth: true
            text: root.stage.problem.length > 0 ? root.stage.problem : root.stage.detail
            color: root.stage.problem.length > 0 ? Theme.colors.error : Theme.colors.secondary
            wrapMode: Text.Wrap
            maximumLineCount: 3
            HoverHandler { id: pointer }
            Tooltip {
                text: root.stage.log
                shown: pointer.hovered && root.stage.log.length > 0
            }
        }
        Label {
            text: root.stage.percentText
            weight: Theme.medium
        }
    }
}
