// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// What a run is doing, with the mark that says it without colour.
Row {
    id: root

    required property int runState
    required property string text
    readonly property bool live: root.runState === RunState.Training || root.runState === RunState.Preparing || root.runState === RunState.Stopping || root.runState === RunState.Pausing
    readonly property color ink: root.live ? Theme.colors.accentText : root.runState === RunState.Failed ? Theme.colors.error : Theme.colors.secondary

    spacing: Theme.gap4

    Rectangle {
        anchors.verticalCenter: parent.verticalCenter
        visible: root.live
        width: 6
        height: 6
        radius: 3
        color: Theme.colors.accent
    }
    Icon {
        anchors.verticalCenter: parent.verticalCenter
        visible: !root.live
        icon: root.runState === RunState.Failed ? "error" : root.runState === RunState.Done ? "ok" : root.runState === RunState.Paused ? "pause" : "stop"
        size: Theme.tinyIcon
        color: root.ink
    }
    Label {
        text: root.text
        size: Theme.captionSize
        color: root.ink
    }
}
