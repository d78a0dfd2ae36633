// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// Where the keyboard is: 1 px of accent, and 2 px of accent at a quarter around it.
Rectangle {
    id: root

    property bool shown: false

    anchors.fill: parent
    visible: root.shown
    color: "transparent"
    radius: Theme.radius
    border.width: 1
    border.color: Theme.colors.ring

    Rectangle {
        anchors.fill: parent
        anchors.margins: -2
        color: "transparent"
        radius: root.radius + 2
        border.width: 2
        border.color: Theme.colors.ring
        opacity: 0.25
    }
}
