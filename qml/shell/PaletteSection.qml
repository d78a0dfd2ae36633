// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// Heading of a group in the palette.
Label {
    required property string section

    leftPadding: 20
    topPadding: Theme.gap12
    bottomPadding: Theme.gap4
    text: section
    size: Theme.captionSize
    color: Theme.colors.secondary
}
