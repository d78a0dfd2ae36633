// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// Work that goes on: what, how far, how fast, how long still; a click opens its page.
RowLayout {
    id: root

    required property string key
    required property string icon
    required property string title
    required property string detail
    required property double progress
    required property string timeLeft
    required property bool cancellable
    required property string page
    required property string warning

    signal opened(string page)
    signal cancelled(string key)

    spacing: Theme.gap8
    Accessible.role: Accessible.ProgressBar
    Accessible.name: qsTr("%1, %2").arg(root.title).arg(root.detail)

    Icon {
        icon: root.icon
        size: Theme.smallIcon
    }
    Label {
        Layout.maximumWidth: 160
        text: root.title
        size: Theme.captionSize
        weight: Theme.strong
    }
    Label {
        visible: root.progress < 0 || !root.cancellable ? root.progress < 0 : true
        text: root.detail
        size: Theme.captionSize
        color: Theme.colors.secondary
    }
    ProgressBar {
        label: root.title
        indeterminate: root.progress < 0
        value: root.progress
    }
    Label {
        visible: root.progress >= 0
        text: qsTr("%1 %").arg(Math.round(root.progress * 100))
        size: Theme.captionSize
        weight: Theme.strong
    }
    Label {
        visible: root.progress >= 0 && !root.cancellable
        text: root.detail
        size: Theme.captionSize
        color: Theme.colors.secondary
    }
    Label {
        visible: root.timeLeft.length > 0
        text: root.timeLeft
        size: Theme.captionSize
        color: Theme.colors.secondary
    }
    StateIcon {
        visible: root.warning.length > 0
        kind: "warning"
        size: Theme.smallIcon
        Accessible.ignored: false
        Accessible.role: Accessible.Indicator
        Accessible.name: root.warning
        HoverHandler { id: onWarning }
        Tooltip { text: root.warning; shown: onWarning.hovered }
    }
    IconButton {
        visible: root.cancellable
        side: Theme.chip
        iconName: "close"
        iconSize: Theme.tinyIcon
        text: qsTr("Cancel")
        onClicked: root.cancelled(root.key)
    }
    TapHandler { onTapped: root.opened(root.page) }
}
