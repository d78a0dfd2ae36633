// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Memory, load, power and temperature of each device of the run.
Item {
    id: root

    required property DeviceModel devices

    component Key: Row {
        id: key

        required property string text
        required property color ink

        spacing: Theme.gap6
        Rectangle {
            anchors.verticalCenter: parent.verticalCenter
            width: 8
            height: 8
            radius: 2
            color: key.ink
        }
        Label {
            text: key.text
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding; topMargin: Theme.gap4 }
        height: Theme.formRow
        spacing: Theme.gap12
        Label {
            Layout.fillWidth: true
            text: qsTr("Memory")
            weight: Theme.strong
        }
        Key { text: qsTr("live"); ink: Theme.dark ? Theme.colors.handle : Theme.colors.trackFill }
        Key { text: qsTr("reserved"); ink: Theme.colors.disabled }
    }
    ListView {
        id: list

        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding }
        clip: true
        spacing: Theme.gap12
        model: root.devices
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ScrollBar {}
        delegate: DeviceBlock { width: list.width - (list.contentHeight > list.height ? Theme.gap8 : 0) }
        Label {
            visible: list.count === 0
            text: qsTr("The run has not told of its devices.")
            color: Theme.colors.secondary
        }
    }
}
