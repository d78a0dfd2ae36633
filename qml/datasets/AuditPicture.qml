// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// A picture that something was found about, and what.
Item {
    id: root

    required property int index
    required property string name
    required property string detail
    required property url picture
    property bool chosen: false
    property bool focused: false

    signal tapped

    Accessible.role: Accessible.ListItem
    Accessible.name: root.name
    Accessible.description: root.detail
    Accessible.selected: root.chosen
    Accessible.onPressAction: root.tapped()

    Rectangle {
        id: frame

        width: parent.width - Theme.gap12
        height: width
        radius: Theme.smallRadius
        color: Theme.colors.field
        clip: true
        Icon {
            anchors.centerIn: parent
            visible: picture.status === Image.Error
            icon: "image"
            size: Theme.toolIcon
            color: Theme.colors.secondary
        }
        Image {
            id: picture

            anchors.fill: parent
            source: root.picture
            sourceSize { width: 256; height: 256 }
            fillMode: Image.PreserveAspectFit
            asynchronous: true
            cache: false
        }
        FocusRing { shown: root.focused }
    }
    Label {
        anchors { top: frame.bottom; topMargin: Theme.gap4; left: frame.left; right: frame.right }
        text: root.detail
        size: Theme.captionSize
        color: Theme.colors.secondary
        wrapMode: Text.Wrap
        maximumLineCount: 2
        elide: Text.ElideRight
        verticalAlignment: Text.AlignTop
    }
    HoverHandler { id: pointer }
    TapHandler { onTapped: root.tapped() }
    Tooltip { text: root.name + "\n" + root.detail; shown: pointer.hovered }
}
