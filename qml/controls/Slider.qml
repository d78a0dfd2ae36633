// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// A slider: arrows and the wheel go by one step, Page Up and Down by ten, a double click asks for the default.
T.Slider {
    id: root

    property string label
    property string help
    /// What it sets is shown while it moves: filled in the accent.
    property bool isLive: false

    signal resetAsked

    function stepBy(count: int): void {
        // An assignment to `value` would end the owner's binding.
        const before = root.value;
        for (let i = 0; i < Math.abs(count); ++i)
            count > 0 ? root.increase() : root.decrease();
        if (root.value !== before)
            root.moved();
    }

    implicitWidth: 120
    implicitHeight: Theme.control
    // The template keeps the handle within the padding; here its middle goes from end to end of the track.
    horizontalPadding: -root.handle.width / 2
    snapMode: T.Slider.SnapAlways
    wheelEnabled: true
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: root.label
    Accessible.description: root.help
    Keys.onPressed: event => {
        event.accepted = event.key === Qt.Key_PageUp || event.key === Qt.Key_PageDown;
        if (event.accepted)
            root.stepBy(event.key === Qt.Key_PageUp ? 10 : -10);
    }

    background: Item {
        Rectangle {
            y: (parent.height - height) / 2
            width: parent.width
            height: 4
            radius: 2
            color: Theme.colors.track
            Rectangle {
                width: root.visualPosition * parent.width
                height: parent.height
                radius: parent.radius
                color: root.isLive ? Theme.colors.accent : Theme.colors.trackFill
            }
        }
    }
    handle: Rectangle {
        x: root.visualPosition * root.width - width / 2
        y: (root.height - height) / 2
        width: 16
        height: 16
        radius: 8
        color: Theme.colors.surface
        Rectangle {
            anchors.centerIn: parent
            width: 12
            height: 12
            radius: 6
            color: root.enabled ? Theme.colors.handle : Theme.colors.disabled
            border.width: Theme.dark ? 0 : 1
            border.color: Theme.colors.trackFill
            FocusRing { shown: root.visualFocus; radius: 6 }
        }
    }
    TapHandler {
        gesturePolicy: TapHandler.DragThreshold
        onDoubleTapped: afterRelease.start()
    }
    Timer {
        id: afterRelease

        // The slider first takes the same release as a click on the track.
        interval: 0
        onTriggered: root.resetAsked()
    }
    Tooltip { text: root.help; shown: root.hovered && !root.pressed }
}
