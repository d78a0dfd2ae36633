// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// The card of menus, lists and popovers.
Rectangle {
    color: Theme.colors.raised
    radius: Theme.radius
    border.width: 1
    border.color: Theme.colors.separator
}
