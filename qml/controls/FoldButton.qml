// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme

/// The head of a part that folds away: what is in it stands at the right.
T.Button {
    id: root

    required property string detail
    required property bool open

    implicitHeight: Theme.control
    implicitWidth: implicitContentWidth
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: root.text
    Accessible.description: root.detail
    Accessible.checkable: true
    Accessible.checked: root.open
    Keys.onReturnPressed: root.clicked()
    Keys.onEnterPressed: root.clicked()

    contentItem: RowLayout {
        spacing: Theme.gap6
        Icon {
            icon: root.open ? "chevron-down" : "chevron-right"
            size: Theme.smallIcon
            color: root.hovered ? Theme.colors.text : Theme.colors.secondary
        }
        Label {
            text: root.text
            weight: Theme.strong
        }
        Label {
            Layout.fillWidth: true
            horizontalAlignment: Text.AlignRight
            text: root.detail
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    background: Item {
        FocusRing { shown: root.visualFocus }
    }
    Tooltip { text: root.open ? qsTr("Fold away") : qsTr("Show more settings"); shown: root.hovered }
}
