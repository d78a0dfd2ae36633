// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// Words on a picture, on a plate of their own; a letter before them where it is one of two.
Rectangle {
    id: root

    required property string text
    property string letter
    property real most: 400

    visible: root.text.length > 0
    width: Math.min(root.most, row.implicitWidth + 2 * Theme.gap8)
    height: Theme.compactControl
    radius: Theme.smallRadius
    color: Theme.colors.imageLabel
    Row {
        id: row

        anchors.centerIn: parent
        spacing: Theme.gap6
        Label {
            id: mark

            visible: root.letter.length > 0
            text: root.letter
            size: Theme.captionSize
            weight: Theme.strong
            color: Theme.colors.imageLabelText
        }
        Label {
            width: Math.min(implicitWidth, root.most - 2 * Theme.gap8 - (mark.visible ? mark.width + Theme.gap6 : 0))
            text: root.text
            size: Theme.captionSize
            color: Theme.colors.imageLabelText
        }
    }
}
