// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.DatasetModels

/// The wall: tabs of views, and the rows of the chosen one.
FocusScope {
    id: root

    required property DatasetsViewModel datasets
    property int side: Theme.wallThumbnail

    signal largeAsked(double row)
    signal paletteAsked

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.window
    }
    Rectangle {
        id: head

        width: parent.width
        height: Theme.header
        color: Theme.colors.surface
        WallTabs {
            anchors { left: parent.left; right: palette.left; top: parent.top; bottom: parent.bottom }
            datasets: root.datasets
        }
        PaletteButton {
            id: palette

            anchors { right: parent.right; rightMargin: Theme.gap8; verticalCenter: parent.verticalCenter }
            onClicked: root.paletteAsked()
        }
    }
    Separator {
        id: line

        anchors { left: parent.left; right: parent.right; top: head.bottom }
    }
    EdgeView {
        anchors { left: parent.left; right: parent.right; top: line.bottom; bottom: parent.bottom }
        visible: root.datasets.view === "edge"
        focus: visible
        datasets: root.datasets
        side: root.side
        onSideAsked: side => root.side = side
        onLargeAsked: row => root.largeAsked(row)
    }
    ColumnLayout {
        anchors { left: parent.left; right: parent.right; top: line.bottom; bottom: parent.bottom; margins: Theme.panelPadding; topMargin: Theme.gap4; bottomMargin: 0 }
        visible: root.datasets.view !== "edge"
        spacing: Theme.gap4
        RowLayout {
            Layout.fillWidth: true
            Layout.preferredHeight: 28
            spacing: Theme.gap8
            Label {
                text: root.datasets.wall.total > root.datasets.wall.count
                      ? qsTr("Rows %1 to %2 of %3").arg(Format.count(root.datasets.wall.first + 1))
                                                        .arg(Format.count(root.datasets.wall.first + root.datasets.wall.count))
                                                        .arg(Format.count(root.datasets.wall.total))
                      : qsTr("%1 rows").arg(Format.count(root.datasets.wall.total))
                color: Theme.colors.secondary
            }
            IconButton {
                visible: root.datasets.wall.total > root.datasets.wall.count
                side: Theme.compactControl
                iconName: "arrow-up"
                iconSize: Theme.smallIcon
                text: qsTr("Earlier rows")
                enabled: root.datasets.wall.first > 0
                onClicked: root.datasets.wall.showFrom(root.datasets.wall.first - root.datasets.wall.most)
            }
            IconButton {
                visible: root.datasets.wall.total > root.datasets.wall.count
                side: Theme.compactControl
                iconName: "arrow-down"
                iconSize: Theme.smallIcon
                text: qsTr("Later rows")
                enabled: root.datasets.wall.first + root.datasets.wall.count < root.datasets.wall.total
                onClicked: root.datasets.wall.showFrom(root.datasets.wall.first + root.datasets.wall.most)
            }
            Item { Layout.fillWidth: true }
            SideSlider {
                side: root.side
                onSideAsked: side => root.side = side
            }
        }
        WallGrid {
            Layout.fillWidth: true
            Layout.fillHeight: true
            focus: root.datasets.view !== "edge"
            label: qsTr("Rows")
            rows: root.datasets.wall
            datasets: root.datasets
            side: root.side
            emptyText: root.datasets.view === "kept" ? qsTr("Nothing passes every rule.") : root.datasets.view === "dropped" ? qsTr("Nothing is dropped.") : qsTr("No row is dropped by this rule alone.")
            onLargeAsked: row => root.largeAsked(row)
        }
    }
}
