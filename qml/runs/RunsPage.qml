// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.RunModels

/// Trainings: the list at the left, the chosen run beside it.
FocusScope {
    id: root

    required property ShellViewModel shell
    required property RunsViewModel runs
    readonly property bool blank: root.runs.list.state === RunListModel.Ready && root.runs.list.total === 0

    RunList {
        id: list

        anchors { left: parent.left; top: parent.top; bottom: parent.bottom }
        width: Theme.runList
        focus: true
        runs: root.runs
    }
    RunContent {
        anchors { left: list.right; right: parent.right; top: parent.top; bottom: parent.bottom }
        visible: root.runs.run.open
        run: root.runs.run
        overlays: root.runs.overlays
        wide: root.width + Theme.railWidth >= Theme.foldWidth
        onPaletteAsked: root.shell.trigger("palette.open")
    }
    RunsEmpty {
        anchors { left: list.right; right: parent.right; top: parent.top; bottom: parent.bottom }
        visible: !root.runs.run.open
        blank: root.blank
        runs: root.runs
    }
}
