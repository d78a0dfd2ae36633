// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// The rows beside the threshold of the rule in focus: above those that pass, below those that do not.
FocusScope {
    id: root

    required property DatasetsViewModel datasets
    required property int side
    readonly property bool ranged: root.datasets.passingTitle.length > 0

    signal sideAsked(int side)
    signal largeAsked(double row)

    ColumnLayout {
        anchors { fill: parent; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding; topMargin: Theme.gap4 }
        visible: root.ranged
        spacing: 0
        RowLayout {
            Layout.fillWidth: true
            Layout.preferredHeight: 28
            spacing: Theme.gap8
            Icon {
                icon: "ok"
                size: Theme.smallIcon
                color: Theme.colors.ok
            }
            Label { text: root.datasets.passingTitle; weight: Theme.strong }
            Label {
                Layout.fillWidth: true
                text: root.datasets.passingDetail
                color: Theme.colors.secondary
            }
            SideSlider {
                side: root.side
                onSideAsked: side => root.sideAsked(side)
            }
        }
        WallGrid {
            id: above

            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 1
            focus: true
            label: root.datasets.passingTitle
            rows: root.datasets.passing
            datasets: root.datasets
            side: root.side
            whole: true
            emptyText: qsTr("No row that the other rules keep lies here.")
            onLargeAsked: row => root.largeAsked(row)
            onBelowAsked: below.enter()
        }
        RowLayout {
            Layout.fillWidth: true
            Layout.preferredHeight: 24
            spacing: Theme.gap8
            Rectangle { Layout.fillWidth: true; implicitHeight: 1; color: Theme.colors.accent }
            Label { text: root.datasets.edgeText; weight: Theme.strong; color: Theme.colors.accentText }
            Label { text: root.datasets.edgeHint; size: Theme.captionSize; color: Theme.colors.secondary }
            Rectangle { Layout.fillWidth: true; implicitHeight: 1; color: Theme.colors.accent }
        }
        RowLayout {
            Layout.fillWidth: true
            Layout.preferredHeight: 28
            spacing: Theme.gap8
            Icon {
                icon: "close"
                size: Theme.smallIcon
                color: Theme.colors.text
            }
            Label { text: root.datasets.failingTitle; weight: Theme.strong }
            Label {
                Layout.fillWidth: true
                text: root.datasets.failingDetail
                color: Theme.colors.secondary
            }
            KeyHint { keys: "X" }
            Label { text: qsTr("override"); size: Theme.captionSize; color: Theme.colors.secondary }
            KeyHint { keys: "Enter" }
            Label { text: qsTr("open"); size: Theme.captionSize; color: Theme.colors.secondary }
            KeyHint { visible: root.width > 640; keys: "Space" }
            Label { visible: root.width > 640; text: qsTr("next"); size: Theme.captionSize; color: Theme.colors.secondary }
        }
        WallGrid {
            id: below

            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 1
            label: root.datasets.failingTitle
            rows: root.datasets.failing
            datasets: root.datasets
            side: root.side
            whole: true
            emptyText: qsTr("No row would come back.")
            onLargeAsked: row => root.largeAsked(row)
            onAboveAsked: above.enter()
        }
    }
    EmptyState {
        anchors.centerIn: parent
        width: Math.min(360, parent.width - 48)
        visible: !root.ranged
        iconName: "datasets"
        title: qsTr("This rule has no threshold")
        text: qsTr("Choose a rule with a histogram at the left, or look at what this rule alone drops.")
        action: qsTr("Dropped only by this rule")
        onActed: root.datasets.view = "only"
    }
}
