// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// Which model of the hub, which revision of it, and which of its files.
ColumnLayout {
    id: root

    signal asked(string repository, string revision, string patterns)

    function ask(): void {
        if (repository.text.trim().length === 0)
            return;
        root.asked(repository.text, revision.text, patterns.text);
        root.visible = false;
    }

    spacing: Theme.gap6
    onVisibleChanged: if (root.visible) repository.forceActiveFocus()

    Field {
        id: repository

        Layout.fillWidth: true
        label: qsTr("Name on the hub")
        help: qsTr("Owner and name, as in the address of its page")
        placeholderText: qsTr("owner/name")
        onAccepted: root.ask()
    }
    Field {
        id: revision

        Layout.fillWidth: true
        label: qsTr("Revision")
        help: qsTr("Branch, tag or commit; empty is the main branch")
        placeholderText: qsTr("main")
        onAccepted: root.ask()
    }
    Field {
        id: patterns

        Layout.fillWidth: true
        label: qsTr("Files")
        help: qsTr("Paths, folders with / at the end, or patterns with *, separated by spaces; empty is everything")
        placeholderText: qsTr("all files")
        onAccepted: root.ask()
    }
    Button {
        text: qsTr("Download")
        iconName: "download"
        enabled: repository.text.trim().length > 0
        onClicked: root.ask()
    }
    Item { implicitHeight: Theme.gap4 }
}
