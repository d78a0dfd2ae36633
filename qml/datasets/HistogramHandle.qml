// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// One bound of a rule on its histogram.
Item {
    id: root

    /// Width of the histogram.
    required property real room
    required property string end
    required property real place
    required property real value
    required property string label
    required property FilterValues filter
    readonly property bool live: root.filter.chosen || drag.active || root.activeFocus
    readonly property color ink: root.live ? Theme.colors.accent : Theme.dark ? Theme.colors.handle : Theme.colors.text

    function stepBy(count: int): void {
        root.filter.datasets.setBound(root.filter.index, root.end, root.value + count * root.filter.step);
    }

    x: root.place * root.room - width / 2
    width: 16
    activeFocusOnTab: true
    Accessible.role: Accessible.Slider
    Accessible.name: root.label
    Accessible.description: root.value.toFixed(root.filter.decimals)
    Accessible.focusable: true
    Keys.onPressed: event => {
        const by = event.key === Qt.Key_Left ? -1 : event.key === Qt.Key_Right ? 1 : event.key === Qt.Key_PageDown ? -10 : event.key === Qt.Key_PageUp ? 10 : 0;
        event.accepted = by !== 0;
        if (by !== 0)
            root.stepBy(event.modifiers & Qt.ShiftModifier ? by * 10 : by);
    }

    Rectangle {
        anchors.horizontalCenter: parent.horizontalCenter
        width: root.live ? 2 : 1.5
        height: parent.height
        color: root.ink
    }
    Rectangle {
        anchors.centerIn: parent
        width: 8
        height: 16
        radius: 3
        color: root.ink
        Rectangle {
            anchors.centerIn: parent
            width: 2
            height: 8
            radius: 1
            color: Theme.colors.surface
        }
        Item {
            anchors { fill: parent; margins: -2 }
            FocusRing { shown: root.activeFocus; radius: 4 }
        }
    }
    HoverHandler {
        id: pointer

        cursorShape: Qt.SizeHorCursor
    }
    TapHandler {
        gesturePolicy: TapHandler.DragThreshold
        onTapped: {
            root.forceActiveFocus(Qt.MouseFocusReason);
            root.filter.datasets.focus = root.filter.index;
        }
    }
    DragHandler {
        id: drag

        target: null
        dragThreshold: 1
        yAxis.enabled: false
        onActiveChanged: {
            root.forceActiveFocus(Qt.MouseFocusReason);
            root.filter.datasets.endGesture();
        }
        onCentroidChanged: {
            if (drag.active)
                root.filter.datasets.setBound(root.filter.index, root.end, root.filter.valueAt((root.x + drag.centroid.position.x) / root.room));
        }
    }
    Tooltip { text: qsTr("%1 %2").arg(root.label).arg(root.value.toFixed(root.filter.decimals)); shown: pointer.hovered && !drag.active }
}
