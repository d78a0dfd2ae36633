// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// A key, as it stands on the keyboard: "Ctrl+Return" shows as Ctrl ↵. `flat`: words alone.
Rectangle {
    id: root

    required property string keys
    property color ink: Theme.colors.secondary
    property bool flat: false

    implicitWidth: root.flat ? words.implicitWidth : Math.max(implicitHeight, words.implicitWidth + Theme.gap12)
    implicitHeight: 18
    radius: Theme.smallRadius
    color: root.flat ? "transparent" : Theme.colors.keyHint
    Accessible.ignored: true

    Label {
        id: words

        anchors.centerIn: parent
        text: root.keys.replace("Return", "↵").replace("Left", "←").replace("Right", "→").replace("Up", "↑").replace("Down", "↓").replace(/\+/g, " ")
        size: Theme.captionSize
        color: root.ink
    }
}
