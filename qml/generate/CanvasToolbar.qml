// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Zoom at the left, facts of the picture at the right.
Item {
    id: root

    required property GenerateViewModel generate
    required property ImageCanvas canvas
    required property bool blank
    required property bool galleryFolded

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
            current: root.canvas.fits ? "fit" : root.canvas.zoom === 1 ? "full" : ""
            onChosen: key => key === "fit" ? root.canvas.fit() : root.canvas.setZoom(1)
            Segment { key: "fit"; text: qsTr("Fit"); help: qsTr("The whole picture") }
            Segment { key: "full"; text: qsTr("100 %"); help: qsTr("A pixel of the picture is a pixel of the screen") }
        }
        Label {
            visible: !root.blank
            text: qsTr("%1 %").arg(Math.round(root.canvas.shownZoom * 100))
            color: Theme.colors.secondary
        }
        Item { Layout.fillWidth: true }
        Label {
            text: root.blank ? qsTr("%1 × %2 px").arg(root.generate.width).arg(root.generate.height)
                             : qsTr("%1 × %2 px").arg(root.generate.canvasWidth).arg(root.generate.canvasHeight)
            color: Theme.colors.secondary
            mono: true
            size: Theme.captionSize
        }
        Label {
            visible: !root.blank
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
