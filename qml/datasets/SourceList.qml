// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// The sources of the workspace: Up and Down go through them, Delete forgets one; and what is known of the chosen one.
FocusScope {
    id: root

    required property DatasetsViewModel datasets

    signal addAsked
    signal folderAsked
    signal statisticsAsked
    signal duplicatesAsked

    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; leftMargin: Theme.panelPadding; rightMargin: Theme.gap8 }
        height: Theme.header
        Label {
            Layout.fillWidth: true
            text: qsTr("Datasets")
            size: Theme.titleSize
            weight: Theme.strong
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        IconButton {
            iconName: "plus"
            text: qsTr("Add a source")
            onClicked: root.addAsked()
        }
    }
    Separator {
        id: line

        anchors { left: parent.left; right: parent.right; top: head.bottom }
    }
    RowLayout {
        id: caption

        anchors { left: parent.left; right: parent.right; top: line.bottom; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding }
        height: 36
        Label {
            Layout.fillWidth: true
            text: qsTr("Sources")
            weight: Theme.medium
            color: Theme.colors.secondary
        }
        Label {
            text: root.datasets.sources.count
            color: Theme.colors.secondary
        }
    }
    ListView {
        id: list

        anchors { left: parent.left; right: parent.right; top: caption.bottom; bottom: facts.top; bottomMargin: 68 }
        clip: true
        focus: true
        model: root.datasets.sources
        boundsBehavior: Flickable.StopAtBounds
        activeFocusOnTab: true
        currentIndex: -1
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Sources")
        T.ScrollBar.vertical: ScrollBar {}
        delegate: SourceCard {
            id: card

            width: list.width
            chosen: root.datasets.current === card.key
            focused: list.activeFocus && ListView.isCurrentItem
            onTapped: {
                list.forceActiveFocus(Qt.MouseFocusReason);
                list.currentIndex = card.index;
                root.datasets.openSource(card.key);
            }
            onRemoveAsked: root.datasets.removeSource(card.key)
        }
        Keys.onReturnPressed: (list.currentItem as SourceCard)?.tapped()
        Keys.onDeletePressed: (list.currentItem as SourceCard)?.removeAsked()
    }
    DropPlace {
        id: drop

        x: Theme.panelPadding
        y: Math.min(list.y + list.contentHeight + Theme.gap12, facts.y - height - Theme.gap8)
        width: parent.width - 2 * Theme.panelPadding
        height: 52
        onAsked: root.addAsked()
    }
    Column {
        id: facts

        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        visible: root.datasets.current.length > 0
        height: visible ? implicitHeight : 0
        bottomPadding: Theme.gap12
        Separator { width: parent.width }
        RowLayout {
            x: Theme.panelPadding
            width: parent.width - 2 * Theme.panelPadding
            height: 40
            Label {
                Layout.fillWidth: true
                text: qsTr("This source")
                weight: Theme.strong
            }
            IconButton {
                side: Theme.compactControl
                iconName: "compare-side"
                iconSize: Theme.smallIcon
                text: qsTr("Duplicates: %1").arg(root.datasets.duplicates.text)
                onClicked: root.duplicatesAsked()
            }
            Button {
                kind: Button.Ghost
                implicitHeight: Theme.compactControl
                text: qsTr("Statistics")
                help: qsTr("Sizes, captions and scores of all its rows, and of its latents")
                onClicked: root.statisticsAsked()
            }
        }
        Repeater {
            model: root.datasets.facts
            RowLayout {
                id: fact

                required property string name
                required property string value

                x: Theme.panelPadding
                width: facts.width - 2 * Theme.panelPadding
                height: 20
                spacing: Theme.gap8
                Label {
                    text: fact.name
                    size: Theme.captionSize
                    color: Theme.colors.secondary
                }
                Label {
                    Layout.fillWidth: true
                    horizontalAlignment: Text.AlignRight
                    text: fact.value
                    size: Theme.captionSize
                }
            }
        }
    }
}
