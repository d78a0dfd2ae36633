// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Models of the workspace: the list at the left, what is known of the chosen one beside it. Files and folders can be dropped anywhere.
FocusScope {
    id: root

    required property ShellViewModel shell
    required property ModelsViewModel models

    ModelList {
        id: list

        anchors { left: parent.left; top: parent.top; bottom: parent.bottom }
        width: Theme.runList
        focus: true
        models: root.models
    }
    ModelDetail {
        anchors { left: list.right; right: parent.right; top: parent.top; bottom: parent.bottom }
        models: root.models
        onPaletteAsked: root.shell.trigger("palette.open")
    }
    DropArea {
        id: drop

        anchors.fill: parent
        keys: ["text/uri-list"]
        onDropped: drop => {
            drop.accept(Qt.CopyAction);
            root.models.importFiles(drop.urls);
        }
        Rectangle {
            anchors { fill: parent; margins: Theme.gap8 }
            visible: drop.containsDrag
            color: "transparent"
            radius: Theme.radius
            border { width: 2; color: Theme.colors.accent }
        }
    }
}
