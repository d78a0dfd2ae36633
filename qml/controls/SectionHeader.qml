// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme

/// Name of a part of a page, what belongs to it in secondary, and room for controls at the right.
RowLayout {
    id: root

    required property string title
    property string detail
    default property alias tools: tools.data

    spacing: Theme.gap12
    Label {
        text: root.title
        weight: Theme.strong
        Accessible.role: Accessible.Heading
        Accessible.name: root.title
    }
    Label {
        Layout.fillWidth: true
        text: root.detail
        color: Theme.colors.secondary
    }
    RowLayout {
        id: tools

        spacing: Theme.gap8
    }
}
