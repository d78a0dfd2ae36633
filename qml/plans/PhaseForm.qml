// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.PlanModels

/// The chosen phase: schedule and batch, mixture, guidance and safety; or, instead, the values of the whole plan.
FocusScope {
    id: root

    required property PlansViewModel plans
    property bool general: false
    readonly property bool narrow: root.width < 880

    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; leftMargin: Theme.panelPadding; rightMargin: Theme.gap12 }
        height: Theme.header + Theme.gap4
        spacing: Theme.gap8
        Label {
            visible: !root.general
            text: root.plans.phase + 1
            size: Theme.figureSize
            color: Theme.colors.secondary
        }
        Field {
            Layout.preferredWidth: 180
            label: root.general ? qsTr("Name of the plan") : qsTr("Name of the phase")
            help: root.general ? qsTr("What the plan is called") : qsTr("What the phase is called; unique in its plan")
            text: root.general ? root.plans.name : root.plans.phaseName
            font.pixelSize: Theme.figureSize
            font.weight: Theme.strong
            onEditingFinished: root.general ? root.plans.name = text : root.plans.phaseName = text
        }
        Label {
            Layout.fillWidth: true
            text: root.general ? qsTr("Values that hold in every phase without its own") : root.plans.phaseDetail
            color: Theme.colors.secondary
        }
        Button {
            kind: Button.Ghost
            text: root.general ? qsTr("Back to the phase") : qsTr("Whole plan")
            iconName: "settings"
            help: qsTr("Model, optimiser, EMA, checkpoints, validation: what all phases share")
            onClicked: root.general = !root.general
        }
        IconButton {
            visible: !root.general
            iconName: "trash"
            text: qsTr("Remove the phase")
            enabled: root.plans.phases.count > 1
            onClicked: root.plans.removePhase()
        }
    }
    Separator {
        id: line

        anchors { left: parent.left; right: parent.right; top: head.bottom }
    }
    Flickable {
        id: flick

        anchors { left: parent.left; right: parent.right; top: line.bottom; bottom: parent.bottom }
        contentHeight: (root.general ? generalForm.height : columns.height) + 2 * Theme.gap16
        boundsBehavior: Flickable.StopAtBounds
        clip: true
        T.ScrollBar.vertical: ScrollBar {}

        GridLayout {
            id: columns

            x: Theme.panelPadding
            y: Theme.gap16
            width: parent.width - 2 * Theme.panelPadding
            visible: !root.general
            columns: root.narrow ? 2 : 3
            columnSpacing: 2 * Theme.gap16
            rowSpacing: Theme.gap16
            SettingList {
                Layout.fillWidth: true
                Layout.preferredWidth: 280
                Layout.alignment: Qt.AlignTop
                settings: root.plans.schedule
                onEdited: (key, value) => root.plans.put(key, value, false)
                onInheritAsked: key => root.plans.inherit(key)
            }
            MixtureForm {
                Layout.fillWidth: true
                Layout.preferredWidth: 340
                Layout.alignment: Qt.AlignTop
                plans: root.plans
            }
            SettingList {
                Layout.fillWidth: true
                Layout.preferredWidth: 280
                Layout.alignment: Qt.AlignTop
                settings: root.plans.loss
                onEdited: (key, value) => root.plans.put(key, value, false)
                onInheritAsked: key => root.plans.inherit(key)
            }
        }
        SettingList {
            id: generalForm

            x: Theme.panelPadding
            y: Theme.gap16
            width: Math.min(560, parent.width - 2 * Theme.panelPadding)
            visible: root.general
            settings: root.plans.general
            onEdited: (key, value) => root.plans.put(key, value, true)
        }
    }
}
