// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import QtQuick.Dialogs
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// The grid that was started last: a picture a cell under the labels of its column and row. Arrows go through the cells, Return shows one.
FocusScope {
    id: root

    required property GridViewModel grid
    readonly property int columns: Math.max(1, root.grid.columnLabels.length)
    readonly property int rows: Math.max(1, root.grid.rowLabels.length)
    readonly property int headWidth: root.grid.rowLabels.length > 0 ? 112 : 0
    /// All in view while that leaves cells worth looking at.
    readonly property real wide: (root.width - root.headWidth) / root.columns
    readonly property real high: (root.height - head.height - labels.height) / root.rows
    readonly property real cellWidth: Math.max(88, Math.min(root.wide, Math.max(140, (root.high - Theme.gap8) * root.grid.cellAspect + Theme.gap8), 420))
    readonly property real cellHeight: (root.cellWidth - Theme.gap8) / root.grid.cellAspect + Theme.gap8

    signal imageAsked(var imageId)

    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top }
        height: Theme.header
        spacing: Theme.gap12
        Label {
            text: qsTr("Grid, %1 × %2").arg(root.columns).arg(root.rows)
            size: Theme.titleSize
            weight: Theme.strong
            color: Theme.colors.canvasText
        }
        ComboBox {
            visible: root.grid.sheetLabels.length > 1
            label: qsTr("Sheet")
            help: qsTr("The third axis: a sheet for each value")
            model: root.grid.sheetLabels
            currentIndex: root.grid.sheet
            onActivated: index => root.grid.sheet = index
        }
        Label {
            Layout.fillWidth: true
            text: root.grid.exportText
            color: Theme.colors.canvasSecondary
        }
        Button {
            text: qsTr("Save the sheet…")
            iconName: "export"
            enabled: root.grid.canExport
            help: qsTr("Writes the labelled sheet as a PNG; of several sheets one file each")
            onClicked: file.open()
        }
        IconButton {
            iconName: "close"
            text: qsTr("Back to the picture")
            help: qsTr("Back to the picture (Esc)")
            onClicked: root.grid.shown = false
        }
    }
    Flickable {
        id: across

        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom; leftMargin: root.headWidth }
        clip: true
        contentWidth: root.columns * root.cellWidth
        contentHeight: height
        boundsBehavior: Flickable.StopAtBounds
        flickableDirection: Flickable.HorizontalFlick
        T.ScrollBar.horizontal: ScrollBar {}

        Row {
            id: labels

            height: root.grid.columnLabels.length > 0 ? Theme.compactControl : 0
            Repeater {
                model: root.grid.columnLabels
                Label {
                    required property string modelData

                    width: root.cellWidth - Theme.gap8
                    rightPadding: 0
                    height: labels.height
                    horizontalAlignment: Text.AlignHCenter
                    text: modelData
                    color: Theme.colors.canvasSecondary
                }
            }
            spacing: Theme.gap8
        }
        GridView {
            id: cells

            y: labels.height
            width: across.contentWidth
            height: across.height - labels.height
            clip: true
            focus: true
            activeFocusOnTab: true
            cellWidth: root.cellWidth
            cellHeight: root.cellHeight
            model: root.grid.cells
            boundsBehavior: Flickable.StopAtBounds
            Accessible.role: Accessible.Table
            Accessible.name: qsTr("Pictures of the grid")
            T.ScrollBar.vertical: ScrollBar {}
            Keys.onReturnPressed: (cells.currentItem as GridCell)?.ask()
            delegate: GridCell {
                width: root.cellWidth - Theme.gap8
                height: root.cellHeight - Theme.gap8
                focused: GridView.isCurrentItem && cells.activeFocus
                onAsked: imageId => root.imageAsked(imageId)
            }
        }
    }
    Item {
        anchors { left: parent.left; top: head.bottom; bottom: parent.bottom; topMargin: labels.height }
        width: root.headWidth - Theme.gap12
        clip: true
        Repeater {
            model: root.grid.rowLabels
            Label {
                required property int index
                required property string modelData

                y: index * root.cellHeight - cells.contentY
                width: root.headWidth - Theme.gap12
                height: root.cellHeight - Theme.gap8
                horizontalAlignment: Text.AlignRight
                wrapMode: Text.Wrap
                text: modelData
                color: Theme.colors.canvasSecondary
            }
        }
    }
    FileDialog {
        id: file

        title: qsTr("Save the sheet")
        fileMode: FileDialog.SaveFile
        defaultSuffix: "png"
        nameFilters: [qsTr("PNG picture (*.png)")]
        onAccepted: root.grid.exportTo(selectedFile)
    }
}
