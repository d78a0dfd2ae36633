// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// A run in the tree.
Item {
    id: root

    required property int index
    required property var model
    required property string path
    required property string name
    required property int depth
    required property bool lastChild
    required property int seriesIndex
    required property string stateText
    required property string place
    required property string timeLeft
    required property string help
    required property string lossText
    required property double progress
    required property string warning
    property bool selected: false
    /// Has the keyboard.
    property bool focused: false
    readonly property int runState: root.model.state
    readonly property bool live: root.runState === RunState.Training || root.runState === RunState.Preparing || root.runState === RunState.Stopping || root.runState === RunState.Pausing
    readonly property bool failed: root.runState === RunState.Failed
    readonly property real indent: 14 + 22 * root.depth

    signal chosen
    signal tapped

    implicitHeight: 60
    Accessible.role: Accessible.ListItem
    Accessible.name: qsTr("%1, %2, %3 %4").arg(root.name).arg(root.stateText).arg(root.place).arg(root.timeLeft) + (root.warning.length > 0 ? qsTr(", alarm: %1").arg(root.warning) : "")
    Accessible.selected: root.selected
    Accessible.onPressAction: root.chosen()

    Rectangle {
        anchors.fill: parent
        color: root.selected ? Theme.colors.accentSoft : pointer.hovered ? Theme.colors.rowHover : "transparent"
    }
    Rectangle {
        visible: root.selected
        width: 2
        height: parent.height
        color: Theme.colors.accent
    }
    // The elbow of a branch.
    Rectangle {
        visible: root.depth > 0
        x: root.indent - 14
        width: 1
        height: root.lastChild ? 26 : parent.height
        color: Theme.colors.phaseBorder
    }
    Rectangle {
        visible: root.depth > 0
        x: root.indent - 14
        y: 26
        width: 10
        height: 1
        color: Theme.colors.phaseBorder
    }
    SeriesSwatch {
        x: root.indent
        y: 16
        seriesIndex: root.seriesIndex
    }
    GridLayout {
        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: root.indent + 22; rightMargin: Theme.gap12; topMargin: 8 }
        columns: 2
        rowSpacing: 1
        columnSpacing: Theme.gap8
        RowLayout {
            spacing: Theme.gap6
            Label {
                Layout.fillWidth: true
                Layout.maximumWidth: implicitWidth + 1
                text: root.name
                weight: root.selected ? Theme.strong : Theme.medium
            }
            StateIcon {
                visible: root.warning.length > 0
                kind: "warning"
                size: Theme.tinyIcon
            }
            Item { Layout.fillWidth: true }
        }
        StateLabel {
            Layout.alignment: Qt.AlignRight
            runState: root.runState
            text: root.stateText
        }
        Label {
            Layout.fillWidth: true
            text: root.live && root.timeLeft.length > 0 ? qsTr("%1, %2").arg(root.place).arg(root.timeLeft) : root.place
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
        Label {
            Layout.alignment: Qt.AlignRight
            text: root.lossText
            size: Theme.captionSize
            weight: Theme.medium
            color: root.failed ? Theme.colors.error : Theme.colors.text
        }
    }
    ProgressBar {
        anchors { left: parent.left; right: parent.right; leftMargin: root.indent + 22; rightMargin: Theme.gap12 }
        y: 46
        thickness: 3
        live: root.live
        label: root.name
        value: root.progress
    }
    Item {
        anchors { fill: parent; margins: 3 }
        FocusRing { shown: root.focused }
    }
    HoverHandler { id: pointer }
    Tooltip { text: root.warning.length > 0 ? root.warning + "\n\n" + root.help : root.help; shown: pointer.hovered }
    TapHandler {
        onTapped: {
            root.tapped();
            root.chosen();
        }
    }
}
