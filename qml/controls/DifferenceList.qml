// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme

/// Values that differ between here and there, a row a place: roles place, here and there.
ListView {
    id: root

    /// As a change from there to here, with an arrow; else here first.
    property bool change: false

    clip: true
    boundsBehavior: Flickable.StopAtBounds
    activeFocusOnTab: true
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Differences")
    T.ScrollBar.vertical: ScrollBar {}
    delegate: RowLayout {
        id: row

        required property string place
        required property string here
        required property string there

        width: ListView.view.width
        height: Theme.listRow
        spacing: Theme.gap12
        Label {
            Layout.fillWidth: true
            text: row.place
            mono: true
            size: Theme.captionSize
        }
        Label {
            Layout.preferredWidth: 180
            horizontalAlignment: Text.AlignRight
            text: root.change ? row.there : row.here
            weight: root.change ? Theme.regular : Theme.medium
            color: root.change ? Theme.colors.secondary : Theme.colors.text
        }
        Label {
            visible: root.change
            text: "→"
            color: Theme.colors.secondary
        }
        Label {
            Layout.preferredWidth: 180
            horizontalAlignment: Text.AlignRight
            text: root.change ? row.here : row.there
            weight: root.change ? Theme.medium : Theme.regular
            color: root.change ? Theme.colors.text : Theme.colors.secondary
        }
    }
}
