// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// A row: its picture or its values, verdict, value of the rule in focus, size and caption.
Item {
    id: root

    required property int index
    required property double row
    required property bool known
    required property string value
    required property string size
    required property string caption
    required property string name
    required property bool kept
    required property bool byHand
    required property string reason
    required property url picture
    required property DatasetsViewModel datasets
    property bool chosen: false
    /// Its words stand where its picture would: below stands which one it is.
    readonly property bool worded: root.known && picture.status !== Image.Ready && picture.status !== Image.Loading

    signal tapped
    signal largeAsked
    signal overrideAsked

    Accessible.role: Accessible.ListItem
    Accessible.name: root.caption.length > 0 ? root.caption : root.name
    Accessible.description: qsTr("%1. %2, %3").arg(root.reason).arg(root.value).arg(root.size)
    Accessible.selected: root.chosen
    Accessible.onPressAction: root.tapped()

    Rectangle {
        id: frame

        width: parent.width
        height: parent.width
        radius: Theme.smallRadius
        color: Theme.colors.raised
        clip: true

        Skeleton {
            anchors.fill: parent
            visible: !root.known || picture.status === Image.Loading
        }
        Label {
            anchors { fill: parent; margins: Theme.gap8; topMargin: Theme.gap24 + Theme.gap4 }
            visible: root.worded
            text: root.caption.length > 0 ? root.caption : root.name
            size: Theme.captionSize
            color: root.kept ? Theme.colors.text : Theme.colors.secondary
            wrapMode: Text.Wrap
            elide: Text.ElideRight
            verticalAlignment: Text.AlignTop
        }
        Image {
            id: picture

            anchors.fill: parent
            visible: status === Image.Ready
            source: root.picture
            sourceSize { width: 256; height: 256 }
            fillMode: Image.PreserveAspectCrop
            asynchronous: true
            cache: false
        }
        Rectangle {
            anchors.fill: parent
            visible: !root.kept && picture.visible
            color: Theme.colors.window
            opacity: 0.34
        }
        Rectangle {
            visible: root.byHand
            x: 4
            y: 4
            width: hand.implicitWidth + Theme.gap8
            height: 18
            radius: 3
            color: Theme.colors.imageLabel
            Label {
                id: hand

                anchors.centerIn: parent
                text: qsTr("by hand")
                size: Theme.captionSize
                color: Theme.colors.imageLabelText
            }
        }
        Rectangle {
            visible: root.known
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
            TapHandler { onTapped: root.overrideAsked() }
            HoverHandler { id: overMark }
            Tooltip { text: qsTr("%1. A click (X) turns it round.").arg(root.reason); shown: overMark.hovered }
        }
    }
    Rectangle {
        anchors { fill: frame; margins: -4 }
        visible: root.chosen
        color: "transparent"
        radius: Theme.radius
        border.width: 2
        border.color: Theme.colors.ring
    }
    Row {
        y: frame.height + 2
        width: parent.width
        Label {
            width: parent.width - dims.width
            text: root.value
            size: Theme.captionSize
            weight: Theme.strong
        }
        Label {
            id: dims

            text: root.size
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    Label {
        y: frame.height + 18
        width: parent.width
        elide: root.worded ? Text.ElideMiddle : Text.ElideRight
        text: root.caption.length === 0 ? (root.worded ? "" : root.name) : root.worded ? root.name : root.caption
        size: Theme.captionSize
        color: Theme.colors.secondary
        maximumLineCount: 1
    }
    HoverHandler {
        id: pointer

        onHoveredChanged: if (pointer.hovered && root.known) root.datasets.showRow(root.row)
    }
    TapHandler {
        onTapped: root.tapped()
        onDoubleTapped: root.largeAsked()
    }
    Tooltip {
        text: root.datasets.detail.row === root.row ? root.reason + "\n" + root.datasets.detail.text : root.reason
        shown: pointer.hovered && !overMark.hovered
    }
}
