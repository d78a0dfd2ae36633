// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.ViewModels

/// The keys of the actions that belong to the page that is open.
Repeater {
    id: root

    required property ShellViewModel shell

    model: root.shell.shortcuts
    Item {
        id: entry

        required property var model

        Shortcut {
            sequence: entry.model.shortcut
            onActivated: root.shell.trigger(entry.model.id)
        }
    }
}
