// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// Whether a slider is live; a click switches it.
Icon {
    id: root

    property bool live: false

    signal toggled

    icon: "live"
    size: Theme.smallIcon
    color: root.live ? Theme.colors.accentText : pointer.hovered ? Theme.colors.text : Theme.colors.secondary
    Accessible.ignored: false
    Accessible.role: Accessible.CheckBox
    Accessible.name: qsTr("Live")
    Accessible.checked: root.live
    Accessible.onPressAction: root.toggled()

    HoverHandler {
        id: pointer

        margin: Theme.gap4
    }
    TapHandler {
        margin: Theme.gap4
        onTapped: root.toggled()
    }
    Tooltip {
        text: root.live ? qsTr("Live: the picture follows the slider with few steps (L switches it off)")
                        : qsTr("Make it live: the picture follows the slider with few steps (L)")
        shown: pointer.hovered
    }
}
