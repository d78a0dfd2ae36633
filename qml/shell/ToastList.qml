// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.ViewModels

/// The newest notification, over the page, for some seconds.
Rectangle {
    id: root

    required property ShellViewModel shell
    /// The list of notifications is open: nothing to add to it.
    required property bool quiet
    property bool shown: false

    width: 400
    height: list.currentItem ? list.currentItem.height : 0
    visible: root.shown && !root.quiet && list.count > 0
    radius: Theme.panelRadius
    color: Theme.colors.raised
    border.width: 1
    border.color: Theme.colors.separator

    ListView {
        id: list

        anchors.fill: parent
        clip: true
        interactive: false
        currentIndex: 0
        model: root.shell.notifications
        delegate: NotificationRow {
            width: ListView.view ? ListView.view.width : 0
            onActed: action => {
                root.shown = false;
                root.shell.trigger(action);
            }
            onDismissed: index => {
                root.shown = false;
                root.shell.dismissNotification(index);
            }
        }
    }
    HoverHandler { id: pointer }
    Timer {
        interval: 8000
        running: root.shown && !pointer.hovered
        onTriggered: root.shown = false
    }
    Connections {
        target: root.shell

        function onUnreadChanged(): void {
            list.currentIndex = 0;
            list.positionViewAtBeginning();
            root.shown = root.shell.unread > 0;
        }
    }
}
