// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// One segment of a SegmentedControl, drawn.
Item {
    id: root

    required property Segment segment
    property bool on: false
    readonly property color ink: !root.enabled ? Theme.colors.disabled : root.on || pointer.hovered ? Theme.colors.text : Theme.colors.secondary

    signal tapped

    implicitWidth: row.implicitWidth + 2 * (root.compact ? Theme.gap8 : Theme.gap8 + Theme.gap2)
    readonly property bool compact: root.height < Theme.compactControl
    Accessible.role: Accessible.RadioButton
    Accessible.name: root.segment.text.length > 0 ? root.segment.text : root.segment.help
    Accessible.description: root.segment.help
    Accessible.checked: root.on
    Accessible.onPressAction: root.tapped()

    Rectangle {
        anchors.fill: parent
        visible: root.on
        color: Theme.colors.segmentOn
        radius: Theme.smallRadius
        opacity: root.enabled ? 1 : 0.5
    }
    Row {
        id: row

        anchors.centerIn: parent
        spacing: Theme.gap6
        Icon {
            anchors.verticalCenter: parent.verticalCenter
            visible: root.segment.icon.length > 0
            icon: root.segment.icon
            size: Theme.smallIcon
            color: root.ink
        }
        Label {
            anchors.verticalCenter: parent.verticalCenter
            visible: root.segment.text.length > 0
            text: root.segment.text
            weight: root.on ? Theme.medium : Theme.regular
            size: root.compact ? Theme.captionSize : Theme.bodySize
            color: root.ink
        }
    }
    HoverHandler { id: pointer }
    TapHandler { onTapped: root.tapped() }
    Tooltip { text: root.segment.help; shown: pointer.hovered }
}
