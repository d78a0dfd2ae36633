// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// What a control does, after the pointer rested on it. Costs nothing until then.
Loader {
    id: root

    property string text
    /// The pointer is on the control.
    property bool shown: false

    readonly property real widest: 280

    active: root.shown && root.text.length > 0
    sourceComponent: T.ToolTip {
        id: tip

        parent: root.parent
        x: Math.round((root.parent.width - tip.width) / 2)
        y: root.parent.height + Theme.gap6
        margins: Theme.gap8
        padding: Theme.gap8
        delay: Theme.tooltipDelay
        visible: root.shown
        implicitWidth: words.width + tip.leftPadding + tip.rightPadding
        implicitHeight: words.implicitHeight + tip.topPadding + tip.bottomPadding
        contentItem: Item {
            Label {
                id: words

                width: Math.min(words.implicitWidth, root.widest)
                text: root.text
                size: Theme.captionSize
                wrapMode: Text.Wrap
            }
        }
        background: Rectangle {
            color: Theme.colors.tooltip
            radius: Theme.smallRadius
            border.width: 1
            border.color: Theme.colors.separator
        }
    }
}
