// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// Log lines: mono, selectable, at most some lines high, with a scroll bar beyond.
Rectangle {
    id: root

    property string text

    implicitHeight: Math.min(area.implicitHeight, 160)
    implicitWidth: 200
    color: Theme.colors.window
    radius: Theme.smallRadius

    Flickable {
        anchors.fill: parent
        clip: true
        contentHeight: area.implicitHeight
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ScrollBar {}

        T.TextArea {
            id: area

            width: root.width
            implicitHeight: contentHeight + topPadding + bottomPadding
            padding: Theme.gap8
            readOnly: true
            selectByMouse: true
            text: root.text
            textFormat: TextEdit.PlainText
            wrapMode: TextEdit.WrapAnywhere
            renderType: Text.NativeRendering
            font.family: Theme.monoFamily
            font.pixelSize: Theme.captionSize
            color: Theme.colors.secondary
            selectionColor: Theme.colors.accentSoft
            selectedTextColor: Theme.colors.accentText
            Accessible.name: qsTr("Log lines")
        }
    }
}
