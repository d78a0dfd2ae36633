// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Dialogs
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.PlanModels

/// The sources of the chosen phase; their shares always sum to 100 %.
ColumnLayout {
    id: root

    required property PlansViewModel plans

    spacing: Theme.gap8

    SectionHeader {
        Layout.fillWidth: true
        title: qsTr("Mixture")
        Label {
            text: root.plans.sourcesText
            color: Theme.colors.secondary
        }
    }
    Row {
        id: bar

        Layout.fillWidth: true
        Layout.preferredHeight: 8
        visible: root.plans.sources.count > 1
        Repeater {
            model: root.plans.sources
            Rectangle {
                id: part

                required property double percent
                required property int band

                width: bar.width * part.percent / 100
                height: bar.height
                color: Theme.bandColor(part.band)
            }
        }
    }
    Repeater {
        model: root.plans.sources
        SourceSlider {
            id: source

            Layout.fillWidth: true
            alone: root.plans.sources.count === 1
            onShareAsked: share => root.plans.setShare(source.index, share)
            onLockAsked: on => root.plans.setLocked(source.index, on)
            onRemoveAsked: root.plans.removeSource(source.index)
        }
    }
    RowLayout {
        Layout.fillWidth: true
        spacing: Theme.gap8
        ComboBox {
            id: others

            Layout.fillWidth: true
            visible: count > 0
            label: qsTr("Add a dataset of this workspace")
            help: qsTr("Datasets of this workspace that the phase does not use")
            model: root.plans.otherDatasets
            currentIndex: -1
            displayText: qsTr("Add a source")
            onActivated: index => root.plans.addWorkspaceSource(root.plans.otherDatasets[index])
        }
        Button {
            text: others.visible ? qsTr("Other…") : qsTr("Add a source…")
            iconName: "plus"
            help: qsTr("Choose a dataset folder")
            onClicked: folder.open()
        }
    }
    FolderDialog {
        id: folder

        title: qsTr("A dataset folder")
        onAccepted: root.plans.addSource(selectedFolder)
    }
}
