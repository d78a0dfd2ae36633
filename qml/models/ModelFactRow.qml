// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// One thing that is known of a model; its text can be selected and copied.
RowLayout {
    id: root

    required property string label
    required property string value
    required property bool mono

    spacing: 0
    Accessible.role: Accessible.StaticText
    Accessible.name: qsTr("%1: %2").arg(root.label).arg(root.value)

    FormLabel {
        Layout.preferredWidth: 110
        Layout.alignment: Qt.AlignTop
        text: root.label
    }
    TextEdit {
        Layout.fillWidth: true
        readOnly: true
        selectByMouse: true
        wrapMode: TextEdit.WrapAnywhere
        textFormat: TextEdit.PlainText
        text: root.value
        color: Theme.colors.text
        selectionColor: Theme.colors.accentSoft
        selectedTextColor: Theme.colors.accentText
        font.family: root.mono ? Theme.monoFamily : Theme.family
        font.pixelSize: root.mono ? Theme.captionSize : Theme.bodySize
        renderType: TextEdit.NativeRendering
    }
}
