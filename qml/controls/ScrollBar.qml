// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// A thin scroll bar, there only when there is more to see.
T.ScrollBar {
    id: root

    implicitWidth: 8
    implicitHeight: 8
    padding: 2
    minimumSize: 0.06
    visible: root.size < 1
    Accessible.ignored: true
    contentItem: Rectangle {
        implicitWidth: 4
        implicitHeight: 4
        radius: 2
        color: root.pressed || root.hovered ? Theme.colors.trackFill : Theme.colors.track
    }
}
