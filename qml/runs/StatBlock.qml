// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// A figure with its name above and its unit behind; a dash while it is not known.
Row {
    id: root

    required property string title
    required property string figure
    property string unit

    spacing: Theme.gap16
    Accessible.role: Accessible.StaticText
    Accessible.name: qsTr("%1: %2 %3").arg(root.title).arg(root.figure).arg(root.unit)

    Separator { height: 40 }
    Column {
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.gap2
        Label {
            text: root.title
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
        Row {
            spacing: Theme.gap4
            Label {
                id: number

                text: root.figure.length > 0 ? root.figure : "–"
                size: Theme.figureSize
                weight: Theme.strong
            }
            Label {
                anchors.baseline: number.baseline
                text: root.figure.length > 0 && root.figure !== "–" ? root.unit : ""
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
        }
    }
}
