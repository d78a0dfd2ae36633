// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// A field to search in a list: Esc empties it.
Field {
    id: root

    leftPadding: Theme.gap8 + Theme.buttonIcon + Theme.gap8
    rightPadding: empty.visible ? Theme.control : Theme.fieldPadding
    Keys.onEscapePressed: event => {
        event.accepted = root.length > 0;
        root.clear();
    }

    Icon {
        x: Theme.gap8
        anchors.verticalCenter: parent.verticalCenter
        icon: "search"
        size: Theme.smallIcon
    }
    IconButton {
        id: empty

        anchors.right: parent.right
        anchors.rightMargin: Theme.gap2
        anchors.verticalCenter: parent.verticalCenter
        side: Theme.compactControl
        visible: root.length > 0
        iconName: "close"
        iconSize: Theme.tinyIcon
        text: qsTr("Empty the search")
        focusPolicy: Qt.NoFocus
        onClicked: root.clear()
    }
}
