// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls

/// A button of the head of a run; only its icon where the head is narrow.
Button {
    id: root

    property bool filled: false
    property bool tight: false

    kind: root.filled ? Button.Secondary : Button.Ghost
    display: root.tight ? T.AbstractButton.IconOnly : T.AbstractButton.TextBesideIcon
    leftPadding: root.tight ? Theme.gap6 : root.filled ? Theme.gap12 : Theme.gap8
    rightPadding: root.leftPadding
}
