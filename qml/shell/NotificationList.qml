// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// What happened lately, newest first, with the action that helps.
Sheet {
    id: root

    required property ShellViewModel shell

    width: 400
    height: list.count === 0 ? 72 : Math.min(parent ? parent.height - 120 : 480, list.contentHeight + 2 * Theme.gap8)
    x: parent ? parent.width - width - Theme.gap8 : 0
    y: parent ? parent.height - Theme.activityBar - height - Theme.gap8 : 0
    onOpened: root.shell.markNotificationsRead()

    ListView {
        id: list

        anchors.fill: parent
        topMargin: Theme.gap8
        bottomMargin: Theme.gap8
        clip: true
        focus: true
        model: root.shell.notifications
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ScrollBar {}
        delegate: NotificationRow {
            width: list.width
            onActed: action => {
                root.close();
                root.shell.trigger(action);
            }
            onDismissed: index => root.shell.dismissNotification(index)
        }
        Label {
            anchors.centerIn: parent
            visible: list.count === 0
            text: qsTr("Nothing to report.")
            color: Theme.colors.secondary
        }
    }
}
