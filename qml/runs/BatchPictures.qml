// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// What a step was trained on: its pictures in a row, the caption of the chosen one below them.
ColumnLayout {
    id: root

    required property TrainedBatch batch
    readonly property int side: 48
    readonly property bool ready: root.batch.state === TrainedBatch.Ready

    visible: root.batch.state !== TrainedBatch.Idle
    spacing: Theme.gap6

    Label {
        Layout.fillWidth: true
        text: root.ready ? qsTr("Trained on %1").arg(root.batch.summary) : qsTr("Trained on")
        elide: Text.ElideRight
    }
    Row {
        visible: root.batch.state === TrainedBatch.Loading
        spacing: Theme.gap4
        Repeater {
            model: 5
            Skeleton { width: root.side; height: root.side; color: Theme.colors.track }
        }
    }
    RowLayout {
        visible: root.batch.state === TrainedBatch.Failed
        spacing: Theme.gap6
        StateIcon {
            Layout.alignment: Qt.AlignTop
            kind: "info"
            size: Theme.tinyIcon
        }
        Label {
            Layout.fillWidth: true
            text: root.batch.errorText
            size: Theme.captionSize
            color: Theme.colors.secondary
            wrapMode: Text.Wrap
        }
    }
    ListView {
        id: list

        Layout.fillWidth: true
        implicitHeight: root.side + Theme.gap8
        visible: root.ready && list.count > 0
        orientation: ListView.Horizontal
        spacing: Theme.gap4
        clip: true
        activeFocusOnTab: true
        model: root.batch.samples
        boundsBehavior: Flickable.StopAtBounds
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Pictures of the batch")
        T.ScrollBar.horizontal: ScrollBar {}
        delegate: BatchPicture {
            id: tile

            side: root.side
            chosen: ListView.isCurrentItem
            focused: list.activeFocus && ListView.isCurrentItem
            onTapped: {
                list.forceActiveFocus(Qt.MouseFocusReason);
                list.currentIndex = tile.index;
            }
        }
    }
    Label {
        readonly property BatchPicture chosen: list.currentItem as BatchPicture

        Layout.fillWidth: true
        visible: root.ready && chosen !== null
        text: chosen ? chosen.help : ""
        size: Theme.captionSize
        color: Theme.colors.secondary
        wrapMode: Text.Wrap
        maximumLineCount: 5
        elide: Text.ElideRight
    }
}
