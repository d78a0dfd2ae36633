// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// F1: the keys of the page that is open, and of what it is busy with. Return does what the line says; lines of lists and fields are to be read.
Sheet {
    id: root

    required property ShellViewModel shell

    modal: true
    width: 480
    height: Math.min(parent ? parent.height - 2 * Theme.gap24 : 600, list.contentHeight + 60)
    x: parent ? Math.round((parent.width - width) / 2) : 0
    y: parent ? Math.round((parent.height - height) / 2) : 0
    onAboutToShow: {
        list.currentIndex = 0;
        list.positionViewAtBeginning();
        list.forceActiveFocus(Qt.PopupFocusReason);
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: 0
        RowLayout {
            Layout.leftMargin: 22
            Layout.rightMargin: Theme.gap12
            Layout.preferredHeight: 48
            Label {
                Layout.fillWidth: true
                text: qsTr("Keys of this page")
                size: Theme.figureSize
                weight: Theme.strong
            }
            IconButton {
                iconName: "close"
                text: qsTr("Close")
                onClicked: root.close()
            }
        }
        PaletteList {
            id: list

            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.bottomMargin: Theme.gap12
            model: root.shell.keys
            Keys.onReturnPressed: if (list.currentItem) (list.currentItem as PaletteRow).chosen()
            delegate: PaletteRow {
                width: list.width
                current: ListView.isCurrentItem && list.activeFocus
                onChosen: {
                    root.close();
                    if (actionId.length > 0)
                        root.shell.trigger(actionId);
                }
            }
        }
    }
}
