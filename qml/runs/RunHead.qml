// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Name of the run, what it is doing, and what can be asked of it.
Item {
    id: root

    required property RunViewModel run
    required property bool sideFolded

    signal paletteAsked
    signal sideAsked

    implicitHeight: Theme.header + Theme.separator

    RowLayout {
        anchors { fill: parent; leftMargin: Theme.panelPadding; rightMargin: Theme.gap8; bottomMargin: Theme.separator }
        spacing: Theme.gap8
        Label {
            Layout.maximumWidth: Math.max(260, root.width * 0.4)
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
        Button {
            visible: root.run.canStop
            text: qsTr("Stop after step")
            iconName: "stop"
            help: qsTr("Ends the run after the step that it does now, saved: it can be resumed")
            onClicked: root.run.stop()
        }
        Button {
            visible: root.run.canResume
            text: qsTr("Resume")
            iconName: "play"
            help: qsTr("Goes on from the last save")
            onClicked: root.run.resume()
        }
        IconButton {
            visible: root.sideFolded
            filled: true
            iconName: "info"
            text: qsTr("Journal and memory")
            onClicked: root.sideAsked()
        }
        PaletteButton { onClicked: root.paletteAsked() }
    }
    Separator { anchors { left: parent.left; right: parent.right; bottom: parent.bottom } }
}
