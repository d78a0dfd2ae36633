// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// A raised panel over the page.
T.Popup {
    id: root

    parent: T.Overlay.overlay
    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: implicitContentHeight + topPadding + bottomPadding
    focus: true
    padding: 0
    closePolicy: T.Popup.CloseOnEscape | T.Popup.CloseOnPressOutside

    T.Overlay.modal: Rectangle { color: Theme.colors.scrim }

    background: Rectangle {
        color: Theme.colors.raised
        radius: Theme.panelRadius
        border.width: 1
        border.color: Theme.dark ? Theme.colors.phaseBorder : Theme.colors.separator
    }
    enter: Transition {
        NumberAnimation { property: "opacity"; from: 0; to: 1; duration: Theme.pageTime; easing.type: Easing.OutCubic }
    }
    exit: Transition {
        NumberAnimation { property: "opacity"; from: 1; to: 0; duration: Theme.hoverTime; easing.type: Easing.OutCubic }
    }
}
