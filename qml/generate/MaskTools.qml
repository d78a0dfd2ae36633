// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Brush and eraser, their size, and what is done to the mask as a whole.
Rectangle {
    id: root

    required property MaskCanvas canvas
    required property StartPicture start

    implicitWidth: row.implicitWidth + 2 * Theme.gap8
    implicitHeight: Theme.header
    radius: Theme.radius
    color: Theme.colors.raised
    border { width: 1; color: Theme.colors.separator }

    RowLayout {
        id: row

        anchors.centerIn: parent
        spacing: Theme.gap8
        SegmentedControl {
            label: qsTr("Tool")
            current: root.canvas.erases ? "erase" : "paint"
            onChosen: key => root.canvas.erases = key === "erase"
            Segment { key: "paint"; icon: "brush"; help: qsTr("Brush: what is painted is drawn anew (X swaps)") }
            Segment { key: "erase"; icon: "eraser"; help: qsTr("Eraser: what is erased stays as it is (X swaps, Alt while painting)") }
        }
        Slider {
            Layout.preferredWidth: 96
            Layout.leftMargin: Theme.gap6
            Layout.rightMargin: Theme.gap6
            label: qsTr("Size of the brush")
            help: qsTr("Size of the brush: the wheel over the picture, or [ and ]")
            from: 1
            to: root.canvas.largest
            value: root.canvas.brush
            onMoved: root.canvas.brush = value
        }
        Label {
            Layout.preferredWidth: 48
            horizontalAlignment: Text.AlignRight
            text: qsTr("%1 px").arg(Math.round(root.canvas.brush))
            color: Theme.colors.secondary
        }
        Separator { Layout.fillHeight: true; Layout.topMargin: Theme.gap8; Layout.bottomMargin: Theme.gap8 }
        IconButton {
            iconName: "undo"
            enabled: root.start.mask.canUndo
            text: qsTr("Undo")
            help: qsTr("Take the last stroke back (Ctrl+Z)")
            onClicked: root.start.mask.undo()
        }
        IconButton {
            iconName: "redo"
            enabled: root.start.mask.canRedo
            text: qsTr("Redo")
            help: qsTr("Put it back (Ctrl+Shift+Z)")
            onClicked: root.start.mask.redo()
        }
        IconButton {
            iconName: "invert"
            text: qsTr("Invert")
            help: qsTr("Swap what is drawn anew and what stays (I)")
            onClicked: root.start.mask.invert()
        }
        IconButton {
            iconName: "trash"
            enabled: !root.start.mask.blank
            text: qsTr("Clear")
            help: qsTr("Take the whole mask away (Del)")
            onClicked: root.start.mask.clear()
        }
        Button {
            text: qsTr("Done")
            keys: "Esc"
            help: qsTr("Back to the pictures; the mask stays")
            onClicked: root.start.painting = false
        }
    }
}
