// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// A line of one pixel between parts of a panel.
Rectangle {
    id: root

    property bool inner: false

    implicitWidth: Theme.separator
    implicitHeight: Theme.separator
    color: root.inner ? Theme.colors.innerSeparator : Theme.colors.separator
}
