// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// A sample of a batch: its picture, or the words of its caption where there is none.
Item {
    id: root

    required property int index
    required property url imageUrl
    required property string caption
    required property string help
    required property int side
    property bool chosen: false
    /// Has the keyboard.
    property bool focused: false

    signal tapped

    width: root.side
    height: root.side
    Accessible.role: Accessible.ListItem
    Accessible.name: root.help
    Accessible.selected: root.chosen
    Accessible.onPressAction: root.tapped()

    Rectangle {
        anchors.fill: parent
        radius: Theme.smallRadius
        color: Theme.colors.track
        visible: picture.status !== Image.Ready
        Label {
            anchors { fill: parent; margins: 3 }
            visible: picture.status === Image.Null || picture.status === Image.Error
            text: root.caption
            size: Theme.captionSize
            color: Theme.colors.secondary
            verticalAlignment: Text.AlignTop
            wrapMode: Text.Wrap
            elide: Text.ElideRight
        }
    }
    Image {
        id: picture

        anchors.fill: parent
        asynchronous: true
        source: root.imageUrl
        sourceSize { width: 2 * root.side; height: 2 * root.side }
        fillMode: Image.PreserveAspectCrop
    }
    Rectangle {
        anchors.fill: parent
        visible: root.chosen
        color: "transparent"
        border.width: 2
        border.color: Theme.colors.accent
    }
    Item {
        anchors.fill: parent
        FocusRing { shown: root.focused }
    }
    HoverHandler { id: pointer }
    Tooltip { text: root.help; shown: pointer.hovered }
    TapHandler { onTapped: root.tapped() }
}
