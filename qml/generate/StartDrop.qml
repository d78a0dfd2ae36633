// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls

/// Where a picture is dropped, from a folder or from the gallery; a click or Return opens the dialog.
T.Button {
    id: root

    signal browseAsked
    signal dropped(url file)

    implicitHeight: 48
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: qsTr("Choose a picture to start from")
    Accessible.description: qsTr("A picture can be dropped here")
    onClicked: root.browseAsked()
    Keys.onReturnPressed: root.browseAsked()
    Keys.onEnterPressed: root.browseAsked()

    contentItem: Item {
        RowLayout {
            anchors.centerIn: parent
            spacing: Theme.gap8
            Icon {
                icon: "image"
                size: Theme.toolIcon
                Layout.rightMargin: Theme.gap2
            }
            Label {
                text: qsTr("Drop a picture here, or")
                color: Theme.colors.secondary
            }
            Label {
                Layout.leftMargin: -Theme.gap4
                text: qsTr("browse")
                font.underline: true
                color: Theme.colors.text
            }
        }
    }
    background: Rectangle {
        radius: Theme.radius
        color: drop.containsDrag ? Theme.colors.accentSoft : root.hovered ? Theme.colors.rowHover : "transparent"
        DashedFrame { anchors.fill: parent }
        FocusRing { shown: root.visualFocus || drop.containsDrag }
    }
    DropArea {
        id: drop

        anchors.fill: parent
        keys: ["text/uri-list"]
        onDropped: event => {
            if (!event.hasUrls)
                return;
            event.accept(Qt.CopyAction);
            root.dropped(event.urls[0]);
        }
    }
    Tooltip { text: qsTr("The new picture keeps the composition of this one"); shown: root.hovered }
}
