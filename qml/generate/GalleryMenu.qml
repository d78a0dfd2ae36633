// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Controls

/// What can be done with a picture of the gallery.
ContextMenu {
    id: root

    signal restoreAsked
    signal startAsked
    signal compareAsked
    signal deleteAsked

    MenuRow {
        text: qsTr("Use its settings")
        iconName: "restore"
        keys: "Return"
        onTriggered: root.restoreAsked()
    }
    MenuRow {
        text: qsTr("Start from it")
        iconName: "image"
        onTriggered: root.startAsked()
    }
    MenuRow {
        text: qsTr("Compare with the shown one")
        iconName: "compare-wipe"
        onTriggered: root.compareAsked()
    }
    MenuRow {
        text: qsTr("Delete")
        iconName: "trash"
        keys: qsTr("Del")
        onTriggered: root.deleteAsked()
    }
}
