// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// A picture of the request: waiting (its number), being made, or there.
Item {
    id: root

    required property int index
    required property int number
    required property var model
    required property url imageUrl
    required property double imageId
    required property bool current
    readonly property bool running: root.model.state === "running"
    readonly property bool failed: root.model.state === "failed"

    signal tapped(int index)

    width: Theme.batchThumbnail
    height: Theme.batchThumbnail
    Accessible.role: Accessible.Button
    Accessible.name: qsTr("Picture %1").arg(root.number)
    Accessible.onPressAction: root.tapped(root.index)

    Rectangle {
        anchors.fill: parent
        radius: Theme.smallRadius
        color: Theme.dark ? Theme.colors.raised : Theme.colors.surface
        visible: picture.status !== Image.Ready
        Label {
            anchors.centerIn: parent
            visible: !root.failed
            text: root.number
            color: Theme.colors.secondary
        }
        Icon {
            anchors.centerIn: parent
            visible: root.failed
            icon: "error"
            color: Theme.colors.error
        }
    }
    Image {
        id: picture

        anchors.fill: parent
        source: root.imageUrl
        sourceSize { width: 2 * Theme.batchThumbnail; height: 2 * Theme.batchThumbnail }
        fillMode: Image.PreserveAspectCrop
        clip: true
    }
    Rectangle {
        anchors { fill: parent; margins: -4 }
        visible: root.current
        color: "transparent"
        radius: Theme.radius
        border.width: 2
        border.color: Theme.colors.ring
    }
    TapHandler {
        enabled: root.imageId > 0
        onTapped: root.tapped(root.index)
    }
}
