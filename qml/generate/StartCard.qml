// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.Canvas
import Darkroom.ViewModels

/// The picture to start from: small, with its mask over it, and what can be done with it. Another one can be dropped on it.
Rectangle {
    id: root

    required property StartPicture start
    readonly property bool ready: root.start.width > 0

    signal browseAsked

    implicitHeight: 64
    radius: Theme.radius
    color: drop.containsDrag ? Theme.colors.accentSoft : Theme.colors.field
    border { width: 1; color: Theme.colors.fieldBorder }

    RowLayout {
        anchors { fill: parent; margins: Theme.gap4; rightMargin: Theme.gap6 }
        spacing: Theme.gap8
        Item {
            Layout.preferredWidth: 56
            Layout.preferredHeight: 56
            Image {
                id: picture

                readonly property real share: Math.min(56 / Math.max(1, root.start.width), 56 / Math.max(1, root.start.height))

                anchors.centerIn: parent
                width: root.ready ? root.start.width * share : 56
                height: root.ready ? root.start.height * share : 56
                source: root.start.url
                asynchronous: true
                autoTransform: true
                sourceSize { width: 2 * 56; height: 2 * 56 }
                fillMode: Image.PreserveAspectFit
                MaskItem {
                    anchors.fill: parent
                    visible: root.start.masked
                    mask: root.start.mask
                    tint: Theme.colors.mask
                }
            }
        }
        ColumnLayout {
            Layout.fillWidth: true
            spacing: 0
            Label {
                Layout.fillWidth: true
                text: root.start.name
                weight: Theme.medium
                elide: Text.ElideMiddle
                HoverHandler { id: onName }
                Tooltip { text: root.start.name; shown: onName.hovered }
            }
            Label {
                Layout.fillWidth: true
                visible: root.ready
                text: qsTr("%1 × %2 px").arg(root.start.width).arg(root.start.height)
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
        }
        IconButton {
            iconName: "brush"
            enabled: root.ready
            active: root.start.painting
            text: qsTr("Paint a mask")
            help: qsTr("Paint where the picture is drawn anew; the rest stays (Ctrl+M)")
            onClicked: root.start.painting = !root.start.painting
        }
        IconButton {
            iconName: "folder"
            text: qsTr("Choose another picture")
            onClicked: root.browseAsked()
        }
        IconButton {
            iconName: "close"
            text: qsTr("Start from noise again")
            onClicked: root.start.clear()
        }
    }
    DropArea {
        id: drop

        anchors.fill: parent
        keys: ["text/uri-list"]
        onDropped: event => {
            if (!event.hasUrls)
                return;
            event.accept(Qt.CopyAction);
            root.start.choose(event.urls[0]);
        }
    }
}
