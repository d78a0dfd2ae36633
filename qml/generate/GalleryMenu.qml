// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Controls

/// What can be done with a picture of the gallery.
ContextMenu {
    id: root

    signal restoreAsked
    signal deleteAsked

    MenuRow {
        text: qsTr("Use its settings")
        iconName: "restore"
        keys: "Return"
        onTriggered: root.restoreAsked()
    }
    MenuRow {
        text: qsTr("Delete")
        iconName: "trash"
        keys: qsTr("Del")
        onTriggered: root.deleteAsked()
    }
}
