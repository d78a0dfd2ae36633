// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// A group: the picture that stays, and those that go.
RowLayout {
    id: root

    required property string keptKey
    required property list<string> droppedKeys
    required property list<string> distances
    required property url keptPicture
    required property list<url> droppedPictures

    height: 124
    spacing: Theme.gap8
    Accessible.role: Accessible.ListItem
    Accessible.name: qsTr("%1 stays, %n other(s) go", "", root.droppedKeys.length).arg(root.keptKey)
    DuplicatePicture {
        picture: root.keptPicture
        name: root.keptKey
        kept: true
        detail: qsTr("stays")
    }
    Separator { Layout.preferredHeight: 96 }
    Repeater {
        model: Math.min(6, root.droppedKeys.length)
        DuplicatePicture {
            required property int index

            picture: root.droppedPictures[index]
            name: root.droppedKeys[index]
            kept: false
            detail: root.distances[index]
        }
    }
    Label {
        Layout.fillWidth: true
        text: root.droppedKeys.length > 6 ? qsTr("and %1 more").arg(root.droppedKeys.length - 6) : ""
        color: Theme.colors.secondary
    }
}
