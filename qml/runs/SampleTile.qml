// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// A sample; the one of another step lies over its left side up to `wipe`. A click chooses it, a double click shows it in large.
Item {
    id: root

    required property int index
    required property url imageUrl
    required property url besideUrl
    required property string category
    required property string prompt
    required property string lossText
    required property bool forgotten
    required property int step
    required property bool compared
    required property string help
    required property int side
    property bool ofSteps: false
    property bool selected: false
    property bool focused: false
    property real wipe: 0.5

    signal chosen
    signal opened
    signal wiped(real place)

    /// Room around the picture for what marks it.
    readonly property int inset: 4

    width: root.side + 2 * root.inset
    height: root.side + root.inset + 28
    Accessible.role: Accessible.ListItem
    Accessible.name: root.prompt.length > 0 ? root.prompt : root.category
    Accessible.selected: root.selected
    Accessible.onPressAction: root.chosen()

    component Picture: Image {
        id: image

        required property int side

        width: image.side
        height: image.side
        asynchronous: true
        sourceSize { width: 2 * image.side; height: 2 * image.side }
        fillMode: Image.PreserveAspectCrop
        clip: true
    }
    Rectangle {
        x: root.inset
        y: root.inset
        width: root.side
        height: root.side
        radius: Theme.smallRadius
        color: Theme.colors.field
        visible: picture.status !== Image.Ready
        Label {
            anchors.centerIn: parent
            visible: picture.status === Image.Error
            text: qsTr("not readable")
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    Picture {
        id: picture

        x: root.inset
        y: root.inset
        side: root.side
        source: root.imageUrl
    }
    Item {
        x: root.inset
        y: root.inset
        width: root.compared ? root.wipe * root.side : 0
        height: root.side
        clip: true
        Picture { side: root.side; source: root.besideUrl }
    }
    Rectangle {
        visible: root.compared
        x: root.inset + root.wipe * root.side - 1
        y: root.inset
        width: 2
        height: root.side
        color: Theme.colors.imageHandle
    }
    Rectangle {
        anchors { fill: picture; margins: -3 }
        visible: root.selected
        radius: Theme.radius
        color: "transparent"
        border.width: 2
        border.color: Theme.colors.accent
    }
    Item {
        anchors { fill: picture; margins: -4 }
        FocusRing { shown: root.focused }
    }
    RowLayout {
        x: root.inset
        y: root.side + root.inset + Theme.gap6
        width: root.side
        spacing: Theme.gap4
        Label {
            Layout.fillWidth: true
            text: root.ofSteps ? Format.count(root.step) : root.category
            size: Theme.captionSize
        }
        StateIcon {
            visible: root.forgotten
            kind: "warning"
            size: Theme.tinyIcon
        }
        Label {
            text: root.lossText
            size: Theme.captionSize
            color: root.forgotten ? Theme.colors.warning : Theme.colors.secondary
        }
    }
    HoverHandler {
        id: pointer

        onPointChanged: if (root.compared && pointer.hovered) root.wiped(Math.max(0, Math.min(1, (pointer.point.position.x - root.inset) / root.side)))
    }
    TapHandler {
        onTapped: root.chosen()
        onDoubleTapped: root.opened()
    }
    Tooltip {
        text: root.help
        shown: pointer.hovered && !root.compared
    }
}
