// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// The engine is gone and does not come back by itself: why, and the way on.
Rectangle {
    id: root

    required property ShellViewModel shell

    visible: root.shell.engineState === ShellViewModel.EngineFailed
    width: 560
    height: error.implicitHeight + 2 * Theme.gap16
    radius: Theme.panelRadius
    color: Theme.colors.raised
    border.width: 1
    border.color: Theme.colors.separator

    ErrorState {
        id: error

        anchors { fill: parent; margins: Theme.gap16 }
        title: root.shell.engineText
        text: root.shell.engineProblem
        detail: root.shell.engineLog
        action: qsTr("Start it again")
        onActed: root.shell.restartEngine()
    }
}
