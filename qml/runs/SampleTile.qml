// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// A sample; its prompt as a tooltip.
Item {
    id: root

    required property url imageUrl
    required property string category
    required property string prompt
    required property int side

    width: root.side
    height: root.side + 22
    Accessible.role: Accessible.Graphic
    Accessible.name: root.prompt.length > 0 ? root.prompt : root.category

    Rectangle {
        width: root.side
        height: root.side
        radius: Theme.smallRadius
        color: Theme.colors.field
        visible: picture.status !== Image.Ready
    }
    Image {
        id: picture

        width: root.side
        height: root.side
        asynchronous: true
        source: root.imageUrl
        sourceSize { width: 2 * root.side; height: 2 * root.side }
        fillMode: Image.PreserveAspectCrop
        clip: true
    }
    Label {
        y: root.side + Theme.gap4
        width: root.side
        text: root.category
        size: Theme.captionSize
    }
    HoverHandler { id: pointer }
    Tooltip { text: root.prompt; shown: pointer.hovered }
}
