// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme

/// A pill: a suggestion, a filter.
T.Button {
    id: root

    property string iconName
    property bool on: false
    property bool opensMenu: false
    /// Its menu is there: no tooltip over it.
    property bool open: false
    property string help
    property int size: Theme.captionSize

    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: Theme.chip
    leftPadding: Math.min(root.height / 2, Theme.gap12) - 1
    rightPadding: root.opensMenu ? Theme.gap6 : root.leftPadding
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: root.text
    Accessible.description: root.help
    Accessible.checked: root.on
    Keys.onReturnPressed: root.clicked()
    Keys.onEnterPressed: root.clicked()

    contentItem: CenteredRow {
        spacing: Theme.gap4
        Icon {
            visible: root.iconName.length > 0
            icon: root.iconName
            size: Theme.tinyIcon
            color: root.on ? Theme.colors.accentText : Theme.colors.secondary
        }
        Label {
            Layout.fillWidth: true
            text: root.text
            size: root.size
            color: root.on ? Theme.colors.accentText : root.hovered ? Theme.colors.text : Theme.colors.secondary
        }
        Icon {
            visible: root.opensMenu
            icon: "chevron-down"
            size: Theme.tinyIcon
        }
    }
    background: Rectangle {
        color: root.on ? Theme.colors.accentSoft : root.hovered ? Theme.colors.fieldHover : Theme.colors.segmentTrack
        radius: height / 2
        FocusRing { shown: root.visualFocus; radius: root.height / 2 }
    }
    Tooltip { text: root.help; shown: root.hovered && !root.open }
}
