// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// No source yet, one that is being read, or one that cannot be.
Item {
    id: root

    required property DatasetsViewModel datasets

    signal addAsked

    readonly property bool loading: root.datasets.state === DatasetsViewModel.Loading
    readonly property bool failed: root.datasets.state === DatasetsViewModel.Failed

    EmptyState {
        anchors.centerIn: parent
        width: Math.min(420, parent.width - 48)
        visible: !root.loading && !root.failed
        iconName: "datasets"
        title: qsTr("No source yet")
        text: qsTr("Drop metadata, tars, a folder of pictures or an Arrow dataset here, or begin with the pictures that come with the program.")
        action: qsTr("Curate the demo pictures")
        actionIcon: "datasets"
        onActed: root.datasets.addDemo()
    }
    Column {
        anchors.centerIn: parent
        width: 320
        visible: root.loading
        spacing: Theme.gap12
        Label {
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            text: qsTr("Reading %1").arg(root.datasets.title)
            size: Theme.titleSize
            weight: Theme.strong
        }
        ProgressBar {
            width: parent.width
            label: qsTr("Reading %1").arg(root.datasets.title)
            indeterminate: root.datasets.loadingProgress < 0
            value: Math.max(0, root.datasets.loadingProgress)
        }
        Label {
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            text: root.datasets.loadingText
            color: Theme.colors.secondary
        }
        Row {
            spacing: Theme.gap8
            anchors.horizontalCenter: parent.horizontalCenter
            Repeater {
                model: 4
                Skeleton { width: 74; height: 74 }
            }
        }
    }
    ErrorState {
        anchors.centerIn: parent
        width: Math.min(520, parent.width - 48)
        visible: root.failed
        title: qsTr("%1 cannot be read").arg(root.datasets.title)
        text: root.datasets.problem
        action: qsTr("Try again")
        onActed: root.datasets.openSource(root.datasets.current)
    }
}
