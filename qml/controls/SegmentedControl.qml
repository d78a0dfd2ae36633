// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.Theme

/// One of a few: Left and Right go through them. `current` is never changed here: `chosen` asks the owner to.
FocusScope {
    id: root

    property string label
    property string current
    property int rowHeight: Theme.control
    /// All segments equally wide.
    property bool even: false
    default property list<Segment> segments
    property bool reachedByKey: true

    signal chosen(string key)

    function indexOf(key: string): int {
        for (let i = 0; i < root.segments.length; ++i)
            if (root.segments[i].key === key)
                return i;
        return -1;
    }
    function step(by: int): void {
        let index = root.indexOf(root.current) + by;
        while (index >= 0 && index < root.segments.length && !root.segments[index].enabled)
            index += by;
        if (index >= 0 && index < root.segments.length)
            root.chosen(root.segments[index].key);
    }
    function take(key: string): void {
        root.reachedByKey = false;
        root.forceActiveFocus(Qt.MouseFocusReason);
        if (key !== root.current)
            root.chosen(key);
    }

    implicitWidth: row.implicitWidth + 4
    implicitHeight: root.rowHeight
    activeFocusOnTab: true
    Accessible.role: Accessible.Grouping
    Accessible.name: root.label
    Accessible.focusable: true
    Keys.onLeftPressed: root.step(-1)
    Keys.onRightPressed: root.step(1)
    onActiveFocusChanged: if (!root.activeFocus) root.reachedByKey = true

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.segmentTrack
        radius: Theme.radius
        FocusRing { shown: root.activeFocus && root.reachedByKey }
    }
    Row {
        id: row

        x: 2
        y: 2
        Repeater {
            model: root.segments
            SegmentButton {
                id: button

                required property Segment modelData

                segment: button.modelData
                on: root.current === button.modelData.key
                enabled: root.enabled && button.modelData.enabled
                height: root.rowHeight - 4
                width: root.even ? (root.width - 4) / root.segments.length : implicitWidth
                onTapped: root.take(button.modelData.key)
            }
        }
    }
}
