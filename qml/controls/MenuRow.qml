// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme

/// A row of a menu or list: icon, words, detail or key.
T.MenuItem {
    id: root

    property string iconName
    property string detail
    property string keys
    /// What is chosen now.
    property bool current: false

    implicitWidth: 200
    implicitHeight: Theme.listRow
    leftPadding: Theme.gap8
    rightPadding: Theme.gap8
    hoverEnabled: true
    Accessible.name: root.text
    Accessible.description: root.detail

    contentItem: RowLayout {
        spacing: Theme.gap8
        Icon {
            visible: root.iconName.length > 0
            icon: root.iconName
        }
        Label {
            Layout.fillWidth: true
            text: root.text
            color: !root.enabled ? Theme.colors.disabled : root.current ? Theme.colors.accentText : Theme.colors.text
        }
        Label {
            visible: root.detail.length > 0
            Layout.maximumWidth: root.width / 2
            text: root.detail
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
        KeyHint {
            visible: root.keys.length > 0
            keys: root.keys
        }
    }
    background: Rectangle {
        color: root.highlighted || root.hovered ? Theme.colors.fieldHover : "transparent"
        radius: Theme.smallRadius
    }
}
