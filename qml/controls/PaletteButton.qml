// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// The way to the command palette, in the head of a page.
T.Button {
    id: root

    implicitWidth: row.implicitWidth + 2 * Theme.gap8
    implicitHeight: Theme.control
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    text: qsTr("Search everything")
    Accessible.name: root.text
    Keys.onReturnPressed: root.clicked()
    Keys.onEnterPressed: root.clicked()
    contentItem: Item {
        Row {
            id: row

            anchors.centerIn: parent
            spacing: Theme.gap8
            Icon {
                anchors.verticalCenter: parent.verticalCenter
                icon: "search"
                size: Theme.smallIcon
            }
            KeyHint { keys: "Ctrl+K" }
        }
    }
    background: FieldBackground {
        hovered: root.hovered
        focused: root.visualFocus
    }
    Tooltip { text: root.text; shown: root.hovered }
}
