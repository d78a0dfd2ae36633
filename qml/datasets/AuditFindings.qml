// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// Kinds of findings at the left, the pictures of the chosen one at the right. Up and Down go through the kinds; Enter or a click shows a picture
/// large, Escape or another click the rest again.
RowLayout {
    id: root

    required property DatasetAudit audit
    /// Place of the picture that is shown large; negative: none.
    property int large: -1

    function reach(): void {
        kinds.forceActiveFocus();
    }

    spacing: Theme.gap16
    ListView {
        id: kinds

        objectName: "kinds"
        Layout.preferredWidth: 176
        Layout.fillHeight: true
        clip: true
        model: root.audit.kinds
        currentIndex: 0
        boundsBehavior: Flickable.StopAtBounds
        activeFocusOnTab: true
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Kinds of findings")
        T.ScrollBar.vertical: ScrollBar {}
        onCurrentItemChanged: if (kinds.activeFocus && kinds.currentItem) (kinds.currentItem as AuditKindRow).tapped()
        delegate: AuditKindRow {
            id: kind

            width: kinds.width
            chosen: root.audit.kind === kind.key
            focused: kinds.activeFocus && ListView.isCurrentItem
            onTapped: {
                root.large = -1;
                kinds.currentIndex = kind.index;
                root.audit.kind = kind.key;
            }
        }
    }
    Separator { Layout.fillHeight: true; Layout.preferredWidth: Theme.separator }
    ColumnLayout {
        spacing: Theme.gap8
        RowLayout {
            Layout.fillWidth: true
            Layout.preferredHeight: Theme.compactControl
            spacing: Theme.gap8
            Label {
                Layout.fillWidth: true
                visible: root.large < 0
                text: root.audit.kindHelp
                color: Theme.colors.secondary
            }
            Label {
                Layout.fillWidth: true
                visible: root.large >= 0
                text: (grid.currentItem as AuditPicture)?.name ?? ""
                mono: true
                size: Theme.captionSize
            }
            Label {
                visible: root.large < 0
                text: root.audit.shownText
                color: Theme.colors.secondary
            }
            Button {
                objectName: "back"
                visible: root.large >= 0
                implicitHeight: Theme.compactControl
                kind: Button.Ghost
                text: qsTr("All of this kind")
                keys: qsTr("Esc")
                onClicked: root.large = -1
            }
        }
        GridView {
            id: grid

            objectName: "pictures"
            readonly property int across: Math.max(1, Math.floor(width / 132))

            Layout.fillWidth: true
            Layout.fillHeight: true
            visible: root.large < 0
            clip: true
            model: root.audit.findings
            cellWidth: Math.floor(width / across)
            cellHeight: cellWidth + 32
            boundsBehavior: Flickable.StopAtBounds
            activeFocusOnTab: true
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Pictures with this finding")
            T.ScrollBar.vertical: ScrollBar {}
            Keys.onReturnPressed: root.large = grid.currentIndex
            delegate: AuditPicture {
                id: cell

                width: grid.cellWidth
                height: grid.cellHeight
                focused: grid.activeFocus && GridView.isCurrentItem
                onTapped: {
                    grid.currentIndex = cell.index;
                    root.large = cell.index;
                }
            }
        }
        ColumnLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            visible: root.large >= 0
            focus: visible
            spacing: Theme.gap8
            onVisibleChanged: if (visible) forceActiveFocus(); else grid.forceActiveFocus()
            Keys.onEscapePressed: root.large = -1
            Keys.onReturnPressed: root.large = -1
            Rectangle {
                Layout.fillWidth: true
                Layout.fillHeight: true
                radius: Theme.smallRadius
                color: Theme.colors.canvas
                Image {
                    id: picture

                    anchors { fill: parent; margins: Theme.gap8 }
                    source: root.large >= 0 ? (grid.currentItem as AuditPicture)?.picture ?? "" : ""
                    sourceSize { width: 1024; height: 1024 }
                    fillMode: Image.PreserveAspectFit
                    asynchronous: true
                    cache: false
                }
                Label {
                    anchors.centerIn: parent
                    visible: picture.status === Image.Error
                    text: qsTr("It cannot be shown.")
                    color: Theme.colors.secondary
                }
                TapHandler { onTapped: root.large = -1 }
            }
            Label {
                Layout.fillWidth: true
                text: (grid.currentItem as AuditPicture)?.detail ?? ""
                wrapMode: Text.Wrap
                maximumLineCount: 4
            }
        }
    }
}
