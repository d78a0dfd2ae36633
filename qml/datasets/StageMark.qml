// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// The mark of a stage's state: a ring while it waits, a dot while it runs, an icon for the rest.
Item {
    id: root

    /// As StageItem spells it.
    required property string stage

    implicitWidth: 14
    implicitHeight: 14
    Icon {
        anchors.centerIn: parent
        visible: !marker.visible
        icon: root.stage === "done" || root.stage === "skipped" ? "ok" : root.stage === "failed" ? "error" : root.stage === "paused" ? "pause" : "refresh"
        size: Theme.smallIcon
        color: root.stage === "done" ? Theme.colors.ok : root.stage === "failed" ? Theme.colors.error : root.stage === "stale" || root.stage === "paused" ? Theme.colors.warning : Theme.colors.secondary
    }
    Rectangle {
        id: marker

        anchors.centerIn: parent
        visible: root.stage === "running" || root.stage === "waiting"
        width: 8
        height: 8
        radius: 4
        color: root.stage === "running" ? Theme.colors.accent : "transparent"
        border.width: root.stage === "running" ? 0 : 1.5
        border.color: Theme.colors.secondary
    }
}
