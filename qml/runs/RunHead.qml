// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// Name of the run, what it is doing, and what can be asked of it.
Item {
    id: root

    required property RunViewModel run
    required property bool sideFolded
    /// Buttons without their words.
    readonly property bool tight: root.width < 900

    signal paletteAsked
    signal sideAsked

    implicitHeight: Theme.header + Theme.separator

    RowLayout {
        anchors { fill: parent; leftMargin: Theme.panelPadding; rightMargin: Theme.gap8; bottomMargin: Theme.separator }
        spacing: Theme.gap8
        Label {
            Layout.maximumWidth: Math.max(120, root.width * 0.3)
            text: root.run.name
            size: Theme.titleSize
            weight: Theme.strong
            Accessible.role: Accessible.Heading
            Accessible.name: text
            HoverHandler { id: onName }
            Tooltip { text: root.run.name; shown: onName.hovered }
        }
        Rectangle {
            implicitWidth: mark.implicitWidth + 2 * Theme.gap8
            implicitHeight: Theme.chip
            radius: Theme.smallRadius
            color: mark.live ? Theme.colors.accentSoft : root.run.state === RunState.Failed ? Theme.colors.errorSoft : Theme.colors.segmentTrack
            StateLabel {
                id: mark

                anchors.centerIn: parent
                runState: root.run.state
                text: root.run.stateText
            }
        }
        Label {
            Layout.fillWidth: true
            text: root.run.origin
            color: Theme.colors.secondary
            HoverHandler { id: pointer }
            Tooltip { text: root.run.path; shown: pointer.hovered }
        }
        HeadButton {
            visible: root.run.canStop && root.run.state !== RunState.Paused
            enabled: root.run.canSample
            tight: root.tight
            text: qsTr("Sample now")
            iconName: "image"
            help: root.run.sampleHelp
            onClicked: root.run.sample()
        }
        HeadButton {
            visible: root.run.canStop && root.run.state !== RunState.Paused
            enabled: root.run.canSave
            tight: root.tight
            text: qsTr("Save now")
            iconName: "save"
            help: qsTr("Writes a checkpoint after the step that it does now, and goes on")
            onClicked: root.run.save()
        }
        HeadButton {
            enabled: root.run.canBranch
            tight: root.tight
            text: qsTr("Branch here")
            iconName: "branch"
            help: root.run.canBranch ? qsTr("Makes a plan that goes on from the newest save, or from the one nearest to the point that you clicked")
                                     : qsTr("A branch begins at a save, and there is none yet")
            onClicked: root.run.branch(root.run.pick.active ? root.run.pick.point.step : -1)
        }
        Separator { Layout.preferredHeight: Theme.control - Theme.gap8; visible: root.run.canStop || root.run.canResume }
        HeadButton {
            visible: root.run.canPause
            filled: true
            tight: root.tight
            text: qsTr("Pause")
            iconName: "pause"
            help: qsTr("Saves after the step that it does now and frees the devices; Resume goes on from there")
            onClicked: root.run.pause()
        }
        HeadButton {
            visible: root.run.canResume
            filled: true
            text: qsTr("Resume")
            iconName: "play"
            help: root.run.state === RunState.Paused ? qsTr("Takes the devices again and goes on from the step where it was paused")
                                                     : qsTr("Goes on from the last save")
            onClicked: root.run.resume()
        }
        HeadButton {
            visible: root.run.canStop
            filled: true
            tight: root.tight
            text: root.run.state === RunState.Paused ? qsTr("Stop") : qsTr("Stop after step")
            iconName: "stop"
            help: root.run.state === RunState.Paused ? qsTr("Ends the run; it is saved, and can be resumed")
                                                     : qsTr("Ends the run after the step that it does now, saved: it can be resumed")
            onClicked: root.run.stop()
        }
        IconButton {
            visible: root.sideFolded
            filled: true
            iconName: "info"
            text: qsTr("Heat map, alarms and memory")
            onClicked: root.sideAsked()
        }
        PaletteButton { onClicked: root.paletteAsked() }
    }
    Separator { anchors { left: parent.left; right: parent.right; bottom: parent.bottom } }
}
