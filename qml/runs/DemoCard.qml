// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// The demo that is being prepared, or why it could not start.
Rectangle {
    id: root

    required property RunsViewModel runs
    readonly property bool failed: root.runs.demoState === RunsViewModel.DemoFailed

    implicitHeight: (root.failed ? error.implicitHeight : column.implicitHeight) + 2 * Theme.gap12
    radius: Theme.radius
    color: Theme.colors.raised

    ColumnLayout {
        id: column

        anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.gap12 }
        visible: !root.failed
        spacing: Theme.gap6
        Label {
            text: qsTr("Demo")
            weight: Theme.strong
        }
        Label {
            Layout.fillWidth: true
            text: root.runs.demoText
            size: Theme.captionSize
            color: Theme.colors.secondary
            wrapMode: Text.Wrap
        }
        ProgressBar {
            Layout.fillWidth: true
            label: root.runs.demoText
            indeterminate: root.runs.demoProgress < 0
            value: root.runs.demoProgress
        }
    }
    ErrorState {
        id: error

        anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.gap12 }
        visible: root.failed
        title: qsTr("The demo did not start.")
        text: root.runs.demoText
        detail: root.runs.demoDetail
        action: qsTr("Try again")
        closable: true
        onActed: root.runs.startDemo()
        onClosed: root.runs.dismissDemo()
    }
}
