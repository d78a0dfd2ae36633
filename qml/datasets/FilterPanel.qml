// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// The rules of the chosen source, and what they keep together.
FocusScope {
    id: root

    required property DatasetsViewModel datasets

    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; leftMargin: Theme.gap12; rightMargin: Theme.gap8 }
        height: Theme.header
        spacing: Theme.gap8
        Label {
            Layout.maximumWidth: 220
            text: root.datasets.title
            weight: Theme.strong
        }
        Rectangle {
            implicitWidth: recipe.implicitWidth + 2 * Theme.gap8
            implicitHeight: Theme.chip
            radius: Theme.smallRadius
            color: Theme.colors.segmentTrack
            Label {
                id: recipe

                anchors.centerIn: parent
                text: qsTr("rules.json")
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
            HoverHandler { id: overRecipe }
            Tooltip { text: qsTr("Written after every edit: %1").arg(root.datasets.rulesFile); shown: overRecipe.hovered }
        }
        Item { Layout.fillWidth: true }
        Button {
            id: addRule

            kind: Button.Ghost
            text: qsTr("Rule")
            iconName: "plus"
            help: qsTr("Another rule about a column")
            onClicked: menu.open()
            NewRuleMenu {
                id: menu

                y: addRule.height + Theme.gap4
                rules: root.datasets.newRules
                onChosen: key => root.datasets.addRule(key)
            }
        }
        IconButton {
            iconName: "undo"
            text: qsTr("Undo")
            help: qsTr("Undo the last edit of the rules (Ctrl+Z)")
            enabled: root.datasets.canUndo
            onClicked: root.datasets.undo()
        }
        IconButton {
            iconName: "redo"
            text: qsTr("Redo")
            help: qsTr("Redo (Ctrl+Shift+Z)")
            enabled: root.datasets.canRedo
            onClicked: root.datasets.redo()
        }
    }
    Separator {
        id: line

        anchors { left: parent.left; right: parent.right; top: head.bottom }
    }
    Item {
        id: total

        anchors { left: parent.left; right: parent.right; top: line.bottom }
        height: 67
        RowLayout {
            anchors { left: parent.left; right: parent.right; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding }
            y: Theme.gap8
            height: 24
            spacing: Theme.gap6
            Label {
                text: root.datasets.keptText
                size: Theme.figureSize
                weight: Theme.strong
            }
            Label {
                text: qsTr("kept of")
                color: Theme.colors.secondary
            }
            Label { text: root.datasets.rowsText }
            Label {
                Layout.fillWidth: true
                text: qsTr("rows")
                color: Theme.colors.secondary
            }
            Label {
                text: root.datasets.percentText
                weight: Theme.strong
            }
        }
        Rectangle {
            x: Theme.panelPadding
            y: 42
            width: parent.width - 2 * Theme.panelPadding
            height: 5
            radius: 2.5
            color: Theme.colors.trackFill
            opacity: 1
            Accessible.role: Accessible.ProgressBar
            Accessible.name: qsTr("%1 kept").arg(root.datasets.percentText)
            Rectangle {
                width: Math.max(2, root.datasets.keptFraction * parent.width)
                height: parent.height
                radius: parent.radius
                color: Theme.colors.text
            }
        }
        Separator { anchors { left: parent.left; right: parent.right; bottom: parent.bottom } }
    }
    Label {
        id: problem

        anchors { left: parent.left; right: parent.right; top: total.bottom; margins: Theme.panelPadding }
        visible: root.datasets.rulesProblem.length > 0
        height: visible ? implicitHeight : 0
        text: root.datasets.rulesProblem
        color: Theme.colors.error
        wrapMode: Text.Wrap
    }
    ListView {
        id: list

        anchors { left: parent.left; right: parent.right; top: problem.visible ? problem.bottom : total.bottom; bottom: parent.bottom }
        clip: true
        focus: true
        model: root.datasets.filters
        boundsBehavior: Flickable.StopAtBounds
        cacheBuffer: 2000
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Rules")
        T.ScrollBar.vertical: ScrollBar {}
        delegate: FilterRow {
            width: list.width
            datasets: root.datasets
        }
        EmptyState {
            anchors.centerIn: parent
            width: parent.width - 96
            visible: list.count === 0
            title: qsTr("No rule: every row is kept")
            text: qsTr("Rules drop rows by a value of their metadata.")
            action: qsTr("Add a rule")
            actionIcon: "plus"
            onActed: menu.open()
        }
    }
    Separator { anchors { right: parent.right; top: parent.top; bottom: parent.bottom } }
}
