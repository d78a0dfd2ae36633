// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// The pictures of the request, and what waits behind it.
Item {
    id: root

    required property GenerateViewModel generate

    implicitHeight: Theme.batchThumbnail

    ListView {
        id: tiles

        readonly property real wanted: count * (Theme.batchThumbnail + Theme.gap8) - Theme.gap8

        width: Math.min(wanted, root.width - 300)
        height: parent.height
        orientation: ListView.Horizontal
        spacing: Theme.gap8
        clip: wanted > width
        boundsBehavior: Flickable.StopAtBounds
        model: root.generate.batch
        delegate: BatchTile {
            current: imageId > 0 ? imageId === root.generate.canvasImageId : running
            onTapped: index => root.generate.showBatchImage(index)
        }
    }
    Separator {
        id: line

        x: tiles.width + Theme.gap16
        height: parent.height
        visible: tiles.count > 0
    }
    QueueList {
        anchors { left: line.right; leftMargin: Theme.gap16; right: parent.right; top: parent.top; bottom: parent.bottom }
        generate: root.generate
    }
}
