// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// How far work is; `indeterminate` where nobody knows.
T.ProgressBar {
    id: root

    property string label
    property bool live: true
    property int thickness: 4

    implicitWidth: 96
    implicitHeight: root.thickness
    Accessible.name: root.label

    background: Rectangle {
        radius: root.thickness / 2
        color: Theme.colors.track
    }
    contentItem: Item {
        clip: true
        Rectangle {
            property real travel

            x: !root.indeterminate ? 0 : (Theme.reduceMotion ? 0.35 : travel) * parent.width
            width: root.indeterminate ? parent.width * 0.3 : root.visualPosition * parent.width
            height: parent.height
            radius: root.thickness / 2
            color: root.live ? Theme.colors.accent : Theme.colors.trackFill
            NumberAnimation on travel {
                running: root.indeterminate && root.visible && !Theme.reduceMotion
                from: -0.3
                to: 1
                duration: 1200
                loops: Animation.Infinite
            }
        }
    }
}
