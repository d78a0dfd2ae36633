// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// Text in the studio's type. Never rich text: words come from prompts, files and logs.
Text {
    id: root

    property int size: Theme.bodySize
    property int weight: Theme.regular
    property bool mono: false

    color: Theme.colors.text
    textFormat: Text.PlainText
    renderType: Text.NativeRendering
    elide: root.wrapMode === Text.NoWrap ? Text.ElideRight : Text.ElideNone
    verticalAlignment: Text.AlignVCenter
    lineHeightMode: Text.FixedHeight
    lineHeight: Theme.lineHeight(root.size)
    font.family: root.mono ? Theme.monoFamily : Theme.family
    font.pixelSize: root.size
    font.weight: root.weight
}
