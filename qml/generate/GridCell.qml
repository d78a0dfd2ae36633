// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// A picture of a grid: waiting, there, or not made.
Item {
    id: root

    required property string label
    required property url imageUrl
    required property double imageId
    required property var model
    property bool focused: false

    signal asked(var imageId)

    function ask(): void {
        if (root.imageId > 0)
            root.asked(root.imageId);
    }

    Accessible.role: Accessible.Cell
    Accessible.name: root.label
    Accessible.onPressAction: root.ask()

    Rectangle {
        anchors.fill: parent
        visible: picture.status !== Image.Ready
        radius: Theme.smallRadius
        color: Theme.dark ? Theme.colors.raised : Theme.colors.surface
        Icon {
            anchors.centerIn: parent
            visible: root.model.state === "failed"
            icon: "close"
        }
    }
    Image {
        id: picture

        anchors.fill: parent
        asynchronous: true
        source: root.imageUrl
        sourceSize { width: Math.ceil(root.width); height: Math.ceil(root.height) }
        fillMode: Image.PreserveAspectFit
    }
    Rectangle {
        anchors { fill: parent; margins: -3 }
        visible: root.focused
        color: "transparent"
        radius: Theme.radius
        border { width: 2; color: Theme.colors.ring }
    }
    HoverHandler { id: pointer }
    TapHandler { onTapped: root.ask() }
    Tooltip { text: root.label; shown: pointer.hovered }
}
