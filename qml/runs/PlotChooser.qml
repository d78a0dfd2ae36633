// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// The name of a small plot; opens a list of the others, one of which takes its place.
T.Button {
    id: root

    required property RunPlots plots
    required property int place
    property string help

    implicitWidth: words.implicitWidth + 2 * Theme.gap8 + Theme.tinyIcon + Theme.gap4
    implicitHeight: Theme.compactControl
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: root.text
    Accessible.description: qsTr("Shows another plot here")
    Keys.onReturnPressed: root.clicked()
    onClicked: menu.popup(root, 0, root.height)

    Label {
        id: words

        anchors { left: parent.left; leftMargin: Theme.gap8; verticalCenter: parent.verticalCenter }
        width: Math.min(implicitWidth, root.width - 2 * Theme.gap8)
        text: root.text
        weight: Theme.strong
    }
    Icon {
        anchors { left: words.right; leftMargin: Theme.gap4; verticalCenter: parent.verticalCenter }
        visible: root.hovered || root.visualFocus || menu.opened
        icon: "chevron-down"
        size: Theme.tinyIcon
    }
    FocusRing { shown: root.visualFocus }
    ContextMenu {
        id: menu

        Instantiator {
            model: root.plots.titles
            delegate: MenuRow {
                required property int index
                required property string modelData

                text: modelData
                current: index === root.place
                onTriggered: root.plots.swap(root.place, index)
            }
            onObjectAdded: (index, object) => menu.insertItem(index, object as MenuRow)
            onObjectRemoved: (index, object) => menu.removeItem(object as MenuRow)
        }
    }
    Tooltip { text: root.help; shown: root.hovered && !menu.opened }
}
