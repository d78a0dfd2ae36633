// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// Name of a lane of the timeline, and what it is measured in.
Column {
    id: root

    required property string title
    property string detail

    width: Theme.planLanes - Theme.panelPadding - Theme.gap4
    Label {
        width: parent.width
        text: root.title
        weight: Theme.medium
    }
    Label {
        width: parent.width
        text: root.detail
        size: Theme.captionSize
        color: Theme.colors.secondary
    }
}
