// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme

/// The top of a sheet: what it is, what its owner puts beside that, and the button that closes it.
RowLayout {
    id: root

    required property string title
    default property alias content: middle.data

    signal closeAsked

    spacing: Theme.gap12

    Label {
        Layout.fillWidth: true
        Layout.maximumWidth: Math.ceil(implicitWidth)
        text: root.title
        size: Theme.figureSize
        weight: Theme.strong
    }
    RowLayout {
        id: middle

        Layout.fillWidth: true
        spacing: root.spacing
    }
    IconButton {
        iconName: "close"
        text: qsTr("Close")
        onClicked: root.closeAsked()
    }
}
