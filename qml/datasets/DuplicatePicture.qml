// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// One picture of a group of duplicates.
Item {
    id: root

    required property url picture
    required property string name
    required property string detail
    required property bool kept

    implicitWidth: 96
    implicitHeight: 116
    Rectangle {
        width: 96
        height: 96
        radius: Theme.smallRadius
        color: Theme.colors.field
        clip: true
        Image {
            anchors.fill: parent
            source: root.picture
            sourceSize { width: 192; height: 192 }
            fillMode: Image.PreserveAspectCrop
            asynchronous: true
            cache: false
        }
        Rectangle {
            anchors.fill: parent
            visible: !root.kept
            color: Theme.colors.window
            opacity: 0.34
        }
        Rectangle {
            anchors { right: parent.right; top: parent.top; margins: 4 }
            width: 20
            height: 20
            radius: Theme.smallRadius
            color: Theme.colors.imageLabel
            Icon {
                anchors.centerIn: parent
                icon: root.kept ? "ok" : "close"
                size: Theme.smallIcon
                color: root.kept ? "#5cc27a" : Theme.colors.imageLabelText
            }
        }
    }
    Label {
        y: 98
        width: parent.width
        text: root.detail
        size: Theme.captionSize
        color: Theme.colors.secondary
    }
    HoverHandler { id: pointer }
    Tooltip { text: root.name; shown: pointer.hovered }
}
