// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// The way to the command palette, in the head of a page.
T.Button {
    id: root

    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: Theme.control
    horizontalPadding: Theme.gap8
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    text: qsTr("Search everything")
    Accessible.name: root.text
    Keys.onReturnPressed: root.clicked()
    Keys.onEnterPressed: root.clicked()
    contentItem: CenteredRow {
        Icon {
            icon: "search"
            size: Theme.smallIcon
        }
        KeyHint { keys: "Ctrl+K" }
    }
    background: FieldBackground {
        hovered: root.hovered
        focused: root.visualFocus
    }
    Tooltip { text: root.text; shown: root.hovered }
}
