// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// What a grid varies: up to three axes, how many pictures that makes, and the button that makes them.
FocusScope {
    id: root

    required property GridViewModel grid

    implicitWidth: 440
    implicitHeight: column.implicitHeight + 2 * Theme.gap16
    onVisibleChanged: if (root.visible) root.forceActiveFocus(Qt.PopupFocusReason)
    Accessible.role: Accessible.Dialog
    Accessible.name: qsTr("Grid")

    Rectangle {
        anchors.fill: parent
        radius: Theme.panelRadius
        color: Theme.colors.raised
        border { width: 1; color: Theme.colors.separator }
    }
    // What lies under the card takes no clicks meant for it.
    TapHandler { gesturePolicy: TapHandler.ReleaseWithinBounds }
    WheelHandler {}

    ColumnLayout {
        id: column

        anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.gap16 }
        spacing: Theme.gap12

        RowLayout {
            spacing: Theme.gap8
            Label {
                text: qsTr("Grid")
                size: Theme.figureSize
                weight: Theme.strong
            }
            Label {
                Layout.fillWidth: true
                text: qsTr("the same picture under several settings")
                color: Theme.colors.secondary
            }
            IconButton {
                iconName: "close"
                text: qsTr("Close")
                help: qsTr("Close (Esc)")
                onClicked: root.grid.open = false
            }
        }
        Repeater {
            model: root.grid.axes
            GridAxisRow {
                Layout.fillWidth: true
                kinds: root.grid.kinds
                removable: root.grid.axes.count > 1
                onKindChosen: (index, kind) => root.grid.setKind(index, kind)
                onTyped: (index, words) => root.grid.setText(index, words)
                onChoiceToggled: (index, option, isOn) => root.grid.setChosen(index, option, isOn)
                onRemoved: index => root.grid.removeAxis(index)
            }
        }
        RowLayout {
            spacing: Theme.gap8
            Button {
                visible: root.grid.canAdd
                text: qsTr("Add an axis")
                iconName: "plus"
                onClicked: root.grid.addAxis()
            }
            Item { Layout.fillWidth: true }
            Label {
                visible: root.grid.problem.length === 0
                text: root.grid.shape
                color: Theme.colors.secondary
            }
            Button {
                objectName: "make"
                kind: Button.Primary
                Layout.preferredHeight: Theme.control
                text: qsTr("Make %n picture(s)", "", root.grid.pictures)
                enabled: root.grid.problem.length === 0
                help: root.grid.problem
                onClicked: root.grid.start()
            }
        }
        RowLayout {
            visible: root.grid.problem.length > 0
            spacing: Theme.gap6
            Icon {
                icon: "info"
                size: Theme.smallIcon
            }
            Label {
                Layout.fillWidth: true
                text: root.grid.problem
                wrapMode: Text.Wrap
                color: Theme.colors.secondary
            }
        }
    }
}
