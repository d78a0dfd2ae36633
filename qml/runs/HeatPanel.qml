// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.Plot
import Darkroom.RunModels

/// The loss by noise level over time; on the cursor and view of the plots.
Item {
    id: root

    required property RunViewModel run
    required property PlotView view

    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding; topMargin: Theme.gap4 }
        height: Theme.formRow
        spacing: Theme.gap8
        Label {
            id: title

            Layout.fillWidth: true
            text: qsTr("Loss by noise level")
            weight: Theme.strong
            HoverHandler { id: onTitle }
            Tooltip { text: qsTr("Unweighted, each column the mean of its steps; colours on a logarithmic scale"); shown: onTitle.hovered }
        }
        Label {
            visible: !map.empty
            text: Format.figure(map.low)
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
        Row {
            visible: !map.empty
            Repeater {
                model: Theme.heatRamp
                Rectangle {
                    required property color modelData

                    width: 8
                    height: 10
                    color: modelData
                }
            }
        }
        Label {
            visible: !map.empty
            text: Format.figure(map.high)
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    HeatMap {
        id: map

        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom; leftMargin: Theme.gap8; rightMargin: Theme.gap8; bottomMargin: Theme.gap4 }
        field: root.run.noise
        ramp: Theme.heatRamp
        rowLabels: [qsTr("clean"), "500", qsTr("noisy")]
        backgroundColor: Theme.colors.surface
        tickColor: Theme.colors.tick
        textColor: Theme.colors.secondary
        cursorColor: Theme.dark ? Theme.colors.text : "#ffffff"
        accentColor: Theme.colors.accent
        fontFamily: Theme.family
        fontPixelSize: Theme.captionSize
        axis: root.run.axis
        axisEnd: root.run.axisEnd
        cursorX: root.view.cursorX
        pickedX: root.run.pick.active ? root.run.pick.point.x : NaN
        viewFrom: root.view.from
        viewTo: root.view.to
        onCursorMoved: x => root.view.cursorX = x
        onViewMoved: (from, to) => root.view.move(from, to)
        onClicked: x => root.run.pickAt(x)
        Accessible.role: Accessible.Chart
        Accessible.name: qsTr("Loss by noise level")
        FocusRing { shown: map.visualFocus }
    }
    Label {
        anchors.centerIn: map
        visible: map.empty && !root.run.loading
        text: qsTr("The first step has not been taken yet.")
        color: Theme.colors.secondary
    }
    Skeleton {
        anchors { fill: map; leftMargin: 48; bottomMargin: Theme.gap24 }
        visible: root.run.loading && map.empty
    }
}
