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
    /// At the right of the control: where others stand below it.
    property bool beside: false

    readonly property real widest: 280

    active: root.shown && root.text.length > 0
    // A Loader of Qt 6.4 cannot make a bound component, which qmllint asks for.
    // qmllint disable unqualified
    sourceComponent: T.ToolTip {
        id: tip

        parent: root.parent
        x: root.beside ? root.parent.width + Theme.gap6 : Math.round((root.parent.width - tip.width) / 2)
        y: root.beside ? Math.round((root.parent.height - tip.height) / 2) : root.parent.height + Theme.gap6
        margins: Theme.gap8
        padding: Theme.gap8
        delay: Theme.tooltipDelay
        visible: root.shown
        implicitWidth: Math.min(tip.implicitContentWidth, root.widest) + tip.leftPadding + tip.rightPadding
        implicitHeight: tip.implicitContentHeight + tip.topPadding + tip.bottomPadding
        contentItem: Label {
            text: root.text
            size: Theme.captionSize
            wrapMode: Text.Wrap
        }
        background: Rectangle {
            color: Theme.colors.tooltip
            radius: Theme.smallRadius
            border.width: 1
            border.color: Theme.colors.separator
        }
    }
    // qmllint enable unqualified
}
