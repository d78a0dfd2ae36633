// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// The box of everything that can be typed into.
Rectangle {
    id: root

    property bool hovered: false
    property bool focused: false
    property bool wrong: false

    color: root.hovered && !root.focused ? Theme.colors.fieldHover : Theme.colors.field
    radius: Theme.radius
    border.width: 1
    border.color: root.wrong ? Theme.colors.error : Theme.colors.fieldBorder

    Behavior on color { ColorAnimation { duration: Theme.hoverTime } }
    FocusRing { shown: root.focused && !root.wrong }
}
