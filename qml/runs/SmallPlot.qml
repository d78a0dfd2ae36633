// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// A small plot with its name and newest value; on the cursor and view of the others.
Rectangle {
    id: root

    required property string title
    required property string value
    required property RunViewModel run
    required property PlotView view
    property string detail
    readonly property alias plot: plot

    color: Theme.colors.plot

    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding; topMargin: Theme.gap4 }
        height: Theme.control
        spacing: Theme.gap6
        Label {
            Layout.fillWidth: true
            text: root.title
            weight: Theme.strong
        }
        Label {
            text: root.value
            weight: Theme.strong
        }
        Label {
            visible: root.detail.length > 0 && root.width > 220
            text: root.detail
            color: Theme.colors.secondary
        }
    }
    PlotCard {
        id: plot

        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom; leftMargin: Theme.gap12; rightMargin: Theme.gap12 }
        marks: root.run.marks
        axis: root.run.axis
        fromZero: true
        showPhases: false
        showRestarts: false
        showRange: false
        lineWidth: 1.5
        cursorX: root.view.cursorX
        viewFrom: root.view.from
        viewTo: root.view.to
        onCursorMoved: x => root.view.cursorX = x
        onViewMoved: (from, to) => root.view.move(from, to)
    }
}
