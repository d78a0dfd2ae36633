// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// How large the pictures of the wall are.
Row {
    id: root

    required property int side

    signal sideAsked(int side)

    spacing: Theme.gap8
    Label {
        anchors.verticalCenter: parent.verticalCenter
        text: qsTr("%1 px").arg(root.side)
        size: Theme.captionSize
        color: Theme.colors.secondary
    }
    Slider {
        anchors.verticalCenter: parent.verticalCenter
        width: 72
        label: qsTr("Size of the pictures")
        help: qsTr("Size of the pictures on the wall")
        from: 72
        to: 256
        stepSize: 8
        value: root.side
        onMoved: root.sideAsked(value)
        onResetAsked: root.sideAsked(Theme.wallThumbnail)
    }
}
