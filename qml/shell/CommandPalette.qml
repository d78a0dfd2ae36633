// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Ctrl+K: every action, page, run and picture by its name.
Sheet {
    id: root

    required property ShellViewModel shell

    function choose(id: string): void {
        root.close();
        root.shell.trigger(id);
    }

    modal: true
    x: parent ? Math.round((parent.width - width) / 2) : 0
    y: parent ? Math.max(Theme.gap24, Math.round(parent.height * 0.124)) : 0
    width: parent ? Math.min(642, parent.width - 2 * Theme.gap24) : 642
    height: parent ? Math.min(518, parent.height - y - Theme.gap24) : 518
    onAboutToShow: {
        field.clear();
        root.shell.actionFilter = "";
        list.currentIndex = 0;
        field.forceActiveFocus(Qt.PopupFocusReason);
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: 0

        RowLayout {
            Layout.fillWidth: true
            Layout.preferredHeight: 52
            Layout.leftMargin: 20
            Layout.rightMargin: 20
            spacing: Theme.gap12
            Icon {
                icon: "search"
                size: Theme.toolIcon
            }
            T.TextField {
                id: field

                Layout.fillWidth: true
                implicitHeight: Theme.control
                verticalAlignment: TextInput.AlignVCenter
                font.family: Theme.family
                font.pixelSize: Theme.figureSize
                renderType: Text.NativeRendering
                color: Theme.colors.text
                selectionColor: Theme.colors.accentSoft
                selectedTextColor: Theme.colors.accentText
                selectByMouse: true
                Accessible.name: qsTr("Search everything")
                onTextEdited: {
                    root.shell.actionFilter = text;
                    list.currentIndex = 0;
                }
                onAccepted: if (list.currentItem) root.choose((list.currentItem as PaletteRow).actionId)
                Keys.onDownPressed: list.incrementCurrentIndex()
                Keys.onUpPressed: list.decrementCurrentIndex()
                Label {
                    anchors.verticalCenter: parent.verticalCenter
                    visible: field.length === 0
                    text: qsTr("Search actions, pages, runs and pictures")
                    size: Theme.figureSize
                    color: Theme.colors.secondary
                }
            }
            Label {
                text: qsTr("%n result(s)", "", list.count)
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
            KeyHint { keys: qsTr("Esc") }
        }
        Separator { Layout.fillWidth: true }
        PaletteList {
            id: list

            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.topMargin: Theme.gap4
            headings: field.length === 0
            model: root.shell.actions
            delegate: PaletteRow {
                width: list.width
                current: ListView.isCurrentItem
                query: field.text
                onChosen: root.choose(actionId)
            }
            Label {
                anchors.centerIn: parent
                visible: list.count === 0
                text: qsTr("Nothing is called that.")
                color: Theme.colors.secondary
            }
        }
        Separator { Layout.fillWidth: true }
        RowLayout {
            Layout.preferredHeight: 35
            Layout.leftMargin: 20
            spacing: Theme.gap6
            KeyHint { keys: "Up" }
            KeyHint { keys: "Down" }
            Label {
                text: qsTr("choose")
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
            KeyHint {
                Layout.leftMargin: Theme.gap12
                keys: "Return"
            }
            Label {
                text: qsTr("run")
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
        }
    }
}
