// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.PlanModels

/// Which plan is open, and what can be done with it as a whole.
FocusScope {
    id: root

    required property PlansViewModel plans
    required property bool sideFolded
    required property string widths

    signal widthsChosen(string widths)
    signal sideAsked
    signal compareAsked
    signal paletteAsked

    implicitHeight: Theme.header + Theme.separator

    RowLayout {
        anchors { fill: parent; leftMargin: Theme.panelPadding; rightMargin: Theme.gap8; bottomMargin: Theme.separator }
        spacing: Theme.gap8
        Label {
            text: qsTr("Plans")
            size: Theme.titleSize
            weight: Theme.strong
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        Label {
            text: "/"
            color: Theme.colors.secondary
        }
        PlanPicker {
            Layout.preferredWidth: 240
            focus: true
            plans: root.plans
        }
        Rectangle {
            visible: root.plans.edited
            implicitWidth: edited.implicitWidth + 2 * Theme.gap8
            implicitHeight: Theme.chip
            radius: Theme.smallRadius
            color: Theme.colors.segmentTrack
            Label {
                id: edited

                anchors.centerIn: parent
                text: qsTr("edited")
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
        }
        Item { Layout.fillWidth: true }
        Label {
            visible: root.width > 900
            text: qsTr("Width")
            color: Theme.colors.secondary
        }
        SegmentedControl {
            label: qsTr("Width of a phase")
            current: root.widths
            onChosen: key => root.widthsChosen(key)
            Segment { key: "time"; text: qsTr("Time"); help: qsTr("As long as it takes") }
            Segment { key: "fit"; text: qsTr("Fit"); help: qsTr("By time, but each wide enough to read") }
            Segment { key: "even"; text: qsTr("Even"); help: qsTr("All alike") }
        }
        IconButton {
            iconName: "undo"
            text: qsTr("Undo")
            enabled: root.plans.canUndo
            onClicked: root.plans.undo()
        }
        IconButton {
            iconName: "redo"
            text: qsTr("Redo")
            enabled: root.plans.canRedo
            onClicked: root.plans.redo()
        }
        Button {
            kind: Button.Ghost
            text: qsTr("Compare")
            iconName: "history"
            help: qsTr("What differs from another plan")
            onClicked: root.compareAsked()
        }
        Button {
            kind: Button.Ghost
            text: qsTr("Phase")
            iconName: "plus"
            help: qsTr("A copy of the chosen phase after it")
            enabled: root.plans.current.length > 0
            onClicked: root.plans.duplicatePhase()
        }
        IconButton {
            visible: root.sideFolded
            filled: true
            iconName: "info"
            text: qsTr("Forecast and launch")
            onClicked: root.sideAsked()
        }
        PaletteButton { onClicked: root.paletteAsked() }
    }
    Separator { anchors { left: parent.left; right: parent.right; bottom: parent.bottom } }
}
