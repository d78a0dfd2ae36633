// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Zoom and tools at the left, facts of the picture at the right.
Item {
    id: root

    required property GenerateViewModel generate
    required property ImageCanvas canvas
    required property bool blank
    required property bool galleryFolded
    /// In the gallery.
    required property int pictures
    /// The canvas shows one picture that has facts to tell.
    required property bool single

    signal galleryAsked

    implicitHeight: Theme.header + Theme.separator

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.surface
    }
    RowLayout {
        anchors { fill: parent; leftMargin: Theme.gap12; rightMargin: Theme.gap12; bottomMargin: Theme.separator }
        spacing: Theme.gap12

        SegmentedControl {
            enabled: !root.blank
            label: qsTr("Zoom")
            current: root.canvas.fits ? "fit" : root.canvas.view.zoom === 1 ? "full" : ""
            onChosen: key => key === "fit" ? root.canvas.fit() : root.canvas.setZoom(1)
            Segment { key: "fit"; text: qsTr("Fit"); help: qsTr("The whole picture") }
            Segment { key: "full"; text: qsTr("100 %"); help: qsTr("A pixel of the picture is a pixel of the screen") }
        }
        Label {
            visible: !root.blank
            text: qsTr("%1 %").arg(Math.round(root.canvas.shownZoom * 100))
            color: Theme.colors.secondary
        }
        Separator { Layout.fillHeight: true; Layout.topMargin: Theme.gap12; Layout.bottomMargin: Theme.gap12 - Theme.separator; visible: tools.visible }
        RowLayout {
            id: tools

            visible: root.pictures > 1 || root.generate.start.width > 0 || root.generate.grid.hasSheet
            spacing: Theme.gap4
            IconButton {
                iconName: "compare-wipe"
                iconSize: Theme.toolIcon
                visible: root.pictures > 1
                active: root.generate.compare.mode === CompareViewModel.Wipe
                text: qsTr("Compare with a wipe")
                help: qsTr("Two pictures over each other, with an edge to drag (Ctrl+D)")
                onClicked: root.generate.compare.toggle(CompareViewModel.Wipe, root.generate.canvasImageId)
            }
            IconButton {
                iconName: "compare-side"
                iconSize: Theme.toolIcon
                visible: root.pictures > 1
                active: root.generate.compare.mode === CompareViewModel.SideBySide
                text: qsTr("Compare side by side")
                help: qsTr("Two pictures beside each other (Ctrl+Shift+D)")
                onClicked: root.generate.compare.toggle(CompareViewModel.SideBySide, root.generate.canvasImageId)
            }
            IconButton {
                iconName: "brush"
                iconSize: Theme.toolIcon
                visible: root.generate.start.width > 0
                active: root.generate.start.painting
                text: qsTr("Paint a mask")
                help: qsTr("Paint where the start picture is drawn anew (Ctrl+M)")
                onClicked: root.generate.start.painting = !root.generate.start.painting
            }
            IconButton {
                iconName: "grid"
                iconSize: Theme.toolIcon
                visible: root.generate.grid.hasSheet
                active: root.generate.grid.shown
                text: qsTr("The sheet of the grid")
                help: qsTr("Show the pictures of the last grid on their sheet")
                onClicked: root.generate.grid.shown = !root.generate.grid.shown
            }
        }
        Item { Layout.fillWidth: true }
        Label {
            visible: root.single
            text: root.blank ? qsTr("%1 × %2 px").arg(root.generate.width).arg(root.generate.height)
                             : qsTr("%1 × %2 px").arg(root.generate.canvasWidth).arg(root.generate.canvasHeight)
            color: Theme.colors.secondary
            mono: true
            size: Theme.captionSize
        }
        Label {
            visible: !root.blank && root.single
            text: qsTr("seed %1").arg(root.generate.canvasSeed.toFixed(0))
            color: Theme.colors.secondary
            mono: true
            size: Theme.captionSize
        }
        IconButton {
            visible: root.galleryFolded
            iconName: "image"
            text: qsTr("Gallery")
            onClicked: root.galleryAsked()
        }
    }
    Separator { anchors { left: parent.left; right: parent.right; bottom: parent.bottom } }
}
