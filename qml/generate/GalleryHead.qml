// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// "Gallery 1,284", and the way to the palette.
Item {
    id: root

    required property int total

    signal paletteAsked

    implicitHeight: Theme.header + Theme.separator

    RowLayout {
        anchors { fill: parent; leftMargin: Theme.gap12 + 1; rightMargin: Theme.gap8; bottomMargin: Theme.separator }
        spacing: Theme.gap8
        Label {
            text: qsTr("Gallery")
            size: Theme.titleSize
            weight: Theme.strong
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        Label {
            Layout.fillWidth: true
            text: Format.count(root.total)
            color: Theme.colors.secondary
        }
        PaletteButton { onClicked: root.paletteAsked() }
    }
    Separator { anchors { left: parent.left; right: parent.right; bottom: parent.bottom } }
}
