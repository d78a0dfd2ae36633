// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// A run that can be laid over the shown one.
RowLayout {
    id: root

    required property RunOverlays overlays
    required property string key
    required property string name
    required property int look
    required property bool on
    required property bool foreign
    required property string note
    required property string problem
    required property string lossTag
    required property string help
    required property list<string> tags

    height: Theme.listRow
    spacing: Theme.gap8

    Switch {
        Layout.leftMargin: Theme.panelPadding
        implicitWidth: Theme.control
        checked: root.on
        enabled: root.problem.length === 0
        Accessible.name: root.name
        help: root.on ? qsTr("Takes %1 off the plots").arg(root.name) : qsTr("Lays %1 over the plots").arg(root.name)
        onToggled: root.overlays.setOn(root.key, checked)
    }
    SeriesSwatch { seriesIndex: root.look; opacity: root.on ? 1 : 0.5 }
    Label {
        id: words

        Layout.fillWidth: true
        text: root.name
        color: root.problem.length > 0 ? Theme.colors.error : root.on ? Theme.colors.text : Theme.colors.secondary
        HoverHandler { id: pointer }
        Tooltip {
            text: root.help
            shown: pointer.hovered
        }
    }
    StateIcon {
        visible: root.problem.length > 0 || root.note.length > 0
        kind: root.problem.length > 0 ? "error" : "info"
        size: Theme.tinyIcon
    }
    IconButton {
        Layout.rightMargin: Theme.gap8
        visible: root.foreign
        side: Theme.compactControl
        iconSize: Theme.smallIcon
        iconName: "chevron-down"
        text: qsTr("What is shown of %1").arg(root.name)
        onClicked: menu.popup()
    }
    Item { visible: !root.foreign; implicitWidth: Theme.gap4 }
    ContextMenu {
        id: menu

        implicitWidth: 280

        MenuRow {
            iconName: "trash"
            text: qsTr("Take its folder off the list")
            onTriggered: root.overlays.removeFolder(root.key)
        }
        Instantiator {
            model: root.tags.slice(0, 24)
            delegate: MenuRow {
                required property string modelData

                text: modelData
                detail: modelData === root.lossTag ? qsTr("loss") : ""
                current: modelData === root.lossTag
                onTriggered: root.overlays.setLossTag(root.key, modelData)
            }
            onObjectAdded: (index, object) => menu.addItem(object as MenuRow)
            onObjectRemoved: (index, object) => menu.removeItem(object as MenuRow)
        }
    }
}
