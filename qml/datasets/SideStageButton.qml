// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// A stage beside the row: its state and what came of it in a line; a click opens its sheet.
T.Button {
    id: root

    required property SideStage stage
    property string help

    text: root.stage.title
    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: Theme.control
    horizontalPadding: Theme.gap8
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: root.text
    Accessible.description: root.stage.problem.length > 0 ? root.stage.problem : root.stage.line
    Keys.onReturnPressed: root.clicked()
    Keys.onEnterPressed: root.clicked()

    contentItem: RowLayout {
        spacing: Theme.gap6
        StageMark { stage: root.stage.state }
        Label {
            text: root.text
            weight: Theme.medium
        }
        Label {
            Layout.fillWidth: true
            Layout.maximumWidth: 160
            text: root.stage.running && root.stage.percentText.length > 0 ? root.stage.percentText : root.stage.line
            color: root.stage.state === "failed" ? Theme.colors.error : Theme.colors.secondary
        }
    }
    background: Rectangle {
        radius: Theme.radius
        color: root.down ? Theme.colors.fieldPressed : root.hovered ? Theme.colors.fieldHover : "transparent"
        Behavior on color { ColorAnimation { duration: Theme.hoverTime } }
        FocusRing { shown: root.visualFocus }
        ProgressBar {
            anchors { left: parent.left; right: parent.right; bottom: parent.bottom; leftMargin: Theme.gap8; rightMargin: Theme.gap8 }
            visible: root.stage.running
            thickness: 2
            label: root.text
            indeterminate: root.stage.progress < 0
            value: Math.max(0, root.stage.progress)
        }
    }
    Tooltip {
        text: root.stage.problem.length > 0 ? root.stage.problem + "\n" + root.stage.log : root.stage.detail.length > 0 ? root.help + "\n" + root.stage.detail : root.help
        shown: root.hovered
    }
}
