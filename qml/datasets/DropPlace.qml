// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls

/// Where a source is dropped; a click or Return asks for the dialog.
T.Button {
    id: root

    readonly property color ink: Theme.dark ? Theme.colors.phaseBorder : Theme.colors.trackFill

    signal asked

    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: qsTr("Add a source")
    Accessible.description: qsTr("A folder, tar, parquet or Arrow file can be dropped here")
    onClicked: root.asked()
    Keys.onReturnPressed: root.asked()
    Keys.onEnterPressed: root.asked()

    contentItem: Item {
        RowLayout {
            anchors { fill: parent; leftMargin: Theme.gap12; rightMargin: Theme.gap8 }
            spacing: Theme.gap12
            Icon {
                icon: "download"
                size: Theme.toolIcon
            }
            Label {
                Layout.fillWidth: true
                text: qsTr("Drop a folder, tar, parquet or Arrow file")
                color: Theme.colors.secondary
                wrapMode: Text.Wrap
            }
        }
    }
    background: Canvas {
        readonly property color ink: root.ink

        onInkChanged: requestPaint()
        onPaint: {
            const pen = getContext("2d");
            pen.reset();
            pen.strokeStyle = root.ink;
            pen.setLineDash([3, 3]);
            pen.beginPath();
            pen.roundedRect(0.5, 0.5, width - 1, height - 1, Theme.radius, Theme.radius);
            pen.stroke();
        }
        FocusRing { shown: root.visualFocus }
    }
    Tooltip { text: qsTr("Its kind is found out; nothing is copied"); shown: root.hovered }
}
