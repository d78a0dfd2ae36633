// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// The edge between two pictures that lie over each other. `place` is never changed here: `moved` asks the owner to.
Item {
    id: root

    /// 0 at the left of the parent, 1 at its right.
    required property real place

    signal moved(real newPlace)

    x: root.place * parent.width - width / 2
    width: 28
    Accessible.role: Accessible.Slider
    Accessible.name: qsTr("Edge between the two pictures")
    Accessible.onIncreaseAction: root.moved(root.place + 0.02)
    Accessible.onDecreaseAction: root.moved(root.place - 0.02)

    Rectangle {
        x: (root.width - width) / 2
        width: 2
        height: root.height
        color: Theme.colors.imageHandle
    }
    Rectangle {
        anchors.centerIn: parent
        width: 32
        height: 32
        radius: 16
        color: Theme.colors.imageHandle
        Icon {
            anchors.centerIn: parent
            icon: "wipe-handle"
            color: Theme.colors.imageHandleInk
        }
    }
    HoverHandler { cursorShape: Qt.SplitHCursor }
    DragHandler {
        id: dragging

        property real start

        target: null
        yAxis.enabled: false
        onActiveChanged: if (active) start = root.place
        onTranslationChanged: if (active) root.moved(start + translation.x / Math.max(1, root.parent.width))
    }
}
