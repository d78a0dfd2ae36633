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

    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding; topMargin: Theme.gap4 }
        height: Theme.control
        Label {
            Layout.fillWidth: true
            text: qsTr("Memory")
            weight: Theme.strong
        }
    }
    ListView {
        id: list

        anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: parent.bottom; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding }
        clip: true
        spacing: Theme.gap12
        model: root.devices
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ScrollBar {}
        delegate: DeviceBlock { width: list.width }
        Label {
            visible: list.count === 0
            text: qsTr("The run has not told of its devices.")
            color: Theme.colors.secondary
        }
    }
}
