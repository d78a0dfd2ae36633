// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// A value that holds over a phase, joined to that of the phase before; `level` 0 (bottom) to 1.
Item {
    id: root

    required property real level
    required property real previous
    required property string text
    required property color color
    required property bool strong

    function place(level: real): real {
        return Math.round(20 + (1 - level) * (root.height - 30));
    }

    Rectangle {
        width: root.width
        height: 1
        y: root.height - 4
        color: Theme.colors.grid
    }
    Rectangle {
        y: root.place(root.level)
        width: root.width
        height: root.strong ? 2 : 1.5
        color: root.color
    }
    Rectangle {
        x: -1
        y: Math.min(root.place(root.level), root.place(root.previous))
        width: 1.5
        height: Math.abs(root.place(root.level) - root.place(root.previous)) + 1.5
        color: root.color
    }
    Label {
        x: Theme.gap6
        y: root.place(root.level) - 18
        width: root.width - x - Theme.gap4
        text: root.text
        size: Theme.captionSize
        weight: root.strong ? Theme.strong : Theme.regular
        color: root.strong ? Theme.colors.text : Theme.colors.secondary
    }
}
