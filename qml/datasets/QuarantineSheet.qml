// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// What a stage left out, and why.
Sheet {
    id: root

    required property DatasetsViewModel datasets
    property string title

    function show(stage: string, title: string): void {
        root.title = title;
        root.datasets.pipeline.showQuarantine(stage);
        root.open();
    }

    modal: true
    anchors.centerIn: parent
    width: Math.min(760, parent ? parent.width - 96 : 760)
    height: Math.min(560, parent ? parent.height - 96 : 560)
    padding: Theme.gap24
    onOpened: list.forceActiveFocus()

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.gap12
        SheetHead {
            title: qsTr("Left out by %1").arg(root.title)
            onCloseAsked: root.close()
        }
        ListView {
            id: list

            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            model: root.datasets.pipeline.quarantine
            boundsBehavior: Flickable.StopAtBounds
            activeFocusOnTab: true
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Items that were left out")
            T.ScrollBar.vertical: ScrollBar {}
            delegate: RowLayout {
                id: row

                required property string name
                required property string value

                width: list.width
                spacing: Theme.gap12
                Label {
                    Layout.preferredWidth: 220
                    text: row.name
                    mono: true
                    size: Theme.captionSize
                }
                Label {
                    Layout.fillWidth: true
                    text: row.value
                    color: Theme.colors.secondary
                    wrapMode: Text.Wrap
                }
            }
        }
    }
}
