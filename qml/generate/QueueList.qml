// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Requests that wait, in their order.
Item {
    id: root

    required property GenerateViewModel generate

    RowLayout {
        id: head

        width: parent.width
        height: Theme.compactControl
        Label {
            Layout.fillWidth: true
            text: qsTr("Queue")
            weight: Theme.strong
            color: Theme.colors.canvasText
        }
        Label {
            text: root.generate.queue.count > 0 ? qsTr("%n waiting", "", root.generate.queue.count) : qsTr("empty")
            size: Theme.captionSize
            color: Theme.colors.canvasSecondary
        }
    }
    Label {
        anchors { left: parent.left; right: parent.right; top: head.bottom }
        visible: root.generate.queue.count === 0
        text: qsTr("Pictures that you ask for while one is being made wait here.")
        wrapMode: Text.Wrap
        color: Theme.colors.canvasSecondary
    }
    ListView {
        id: list

        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom }
        clip: true
        model: root.generate.queue
        boundsBehavior: Flickable.StopAtBounds
        activeFocusOnTab: count > 0
        T.ScrollBar.vertical: ScrollBar {}
        Keys.onDeletePressed: root.generate.removeFromQueue(list.currentIndex)
        Keys.onPressed: event => {
            const by = event.key === Qt.Key_Up ? -1 : event.key === Qt.Key_Down ? 1 : 0;
            const to = list.currentIndex + by;
            event.accepted = by !== 0 && (event.modifiers & Qt.AltModifier) && to >= 0 && to < list.count;
            if (event.accepted) {
                root.generate.moveInQueue(list.currentIndex, to);
                list.currentIndex = to;
            }
        }
        delegate: RowLayout {
            id: row

            required property int index
            required property string title
            required property int images

            width: list.width
            height: Theme.compactControl
            spacing: Theme.gap8
            Icon {
                icon: "grip"
                size: Theme.smallIcon
                color: list.activeFocus && row.ListView.isCurrentItem ? Theme.colors.accentText : Theme.colors.canvasSecondary
                HoverHandler { cursorShape: Qt.OpenHandCursor }
                DragHandler {
                    target: null
                    xAxis.enabled: false
                    onTranslationChanged: {
                        const to = row.index + Math.round(translation.y / Theme.compactControl);
                        if (!active || to === row.index || to < 0 || to >= list.count)
                            return;
                        root.generate.moveInQueue(row.index, to);
                    }
                }
            }
            Label {
                Layout.fillWidth: true
                text: row.title
                color: Theme.colors.canvasText
            }
            Label {
                text: qsTr("%1 img").arg(row.images)
                size: Theme.captionSize
                color: Theme.colors.canvasSecondary
            }
            IconButton {
                side: Theme.chip
                iconName: "close"
                iconSize: Theme.tinyIcon
                text: qsTr("Take it out of the queue")
                onClicked: root.generate.removeFromQueue(row.index)
            }
        }
    }
}
