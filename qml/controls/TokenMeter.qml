// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// How much of the text encoder's window a prompt fills: the window ends at the right, the mark stands where `limit` tokens end.
Item {
    id: root

    property int count: 0
    property int limit: 75
    /// Start and end token.
    readonly property int ends: 2
    readonly property bool over: root.count > root.limit
    readonly property real fraction: Math.min(1, root.count / (root.limit + root.ends))

    implicitHeight: 6
    implicitWidth: 120
    Accessible.role: Accessible.ProgressBar
    Accessible.name: qsTr("%1 of %2 tokens").arg(root.count).arg(root.limit)

    Rectangle {
        y: 2
        width: parent.width
        height: 2
        color: Theme.colors.track
        Rectangle {
            objectName: "fill"
            width: root.fraction * parent.width
            height: parent.height
            color: root.over ? Theme.colors.warning : Theme.colors.trackFill
        }
    }
    Rectangle {
        x: Math.round(root.width * root.limit / (root.limit + root.ends))
        width: 1
        height: 6
        color: root.over ? Theme.colors.warning : Theme.colors.text
    }
}
