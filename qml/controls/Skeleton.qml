// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// Stands where something will be while it is being read.
Rectangle {
    id: root

    color: Theme.colors.field
    radius: Theme.smallRadius
    Accessible.ignored: true

    SequentialAnimation on opacity {
        running: root.visible && !Theme.reduceMotion
        loops: Animation.Infinite
        NumberAnimation { from: 1; to: 0.5; duration: 700 }
        NumberAnimation { from: 0.5; to: 1; duration: 700 }
    }
}
