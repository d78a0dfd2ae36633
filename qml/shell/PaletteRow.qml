// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// An entry of the palette or of the list of shortcuts.
Rectangle {
    id: root

    required property var model
    readonly property string actionId: root.model.id
    readonly property string title: root.model.title
    readonly property string detail: root.model.detail
    readonly property string icon: root.model.icon
    readonly property string shortcut: root.model.shortcut
    property bool current: false
    /// Words that were typed: the part of the title that has them is marked.
    property string query
    readonly property int matchAt: root.query.length > 0 ? root.title.toLowerCase().indexOf(root.query.toLowerCase()) : -1

    signal chosen

    implicitHeight: Theme.paletteRow
    color: root.current ? Theme.colors.accentSoft : pointer.hovered ? Theme.colors.rowHover : "transparent"
    Accessible.role: Accessible.ListItem
    Accessible.name: root.title
    Accessible.description: root.detail
    Accessible.selected: root.current
    Accessible.onPressAction: root.chosen()

    component TitlePart: Label {
        Layout.fillWidth: true
        Layout.maximumWidth: Math.ceil(implicitWidth)
        visible: text.length > 0
        size: Theme.titleSize
    }
    Rectangle {
        visible: root.current
        width: 2
        height: parent.height
        color: Theme.colors.accent
    }
    RowLayout {
        anchors { fill: parent; leftMargin: 22; rightMargin: 20 }
        spacing: Theme.gap12
        Icon {
            icon: root.icon
            size: Theme.toolIcon
        }
        RowLayout {
            spacing: 0
            TitlePart { text: root.matchAt < 0 ? root.title : root.title.slice(0, root.matchAt) }
            TitlePart {
                Layout.fillWidth: false
                text: root.matchAt < 0 ? "" : root.title.slice(root.matchAt, root.matchAt + root.query.length)
                weight: Theme.strong
                color: Theme.colors.accentText
            }
            TitlePart { text: root.matchAt < 0 ? "" : root.title.slice(root.matchAt + root.query.length) }
        }
        Label {
            Layout.fillWidth: true
            Layout.minimumWidth: Math.min(Math.ceil(implicitWidth), 160)
            text: root.detail
            color: Theme.colors.secondary
        }
        KeyHint {
            visible: root.shortcut.length > 0
            keys: root.shortcut
        }
    }
    HoverHandler { id: pointer }
    TapHandler { onTapped: root.chosen() }
}
