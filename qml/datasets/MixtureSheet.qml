// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// The mixtures of the workspace, and the open one.
Sheet {
    id: root

    required property DatasetsViewModel datasets
    readonly property DatasetMixtures mixtures: root.datasets.mixtures

    modal: true
    anchors.centerIn: parent
    width: Math.min(960, parent ? parent.width - 96 : 960)
    height: Math.min(600, parent ? parent.height - 96 : 600)
    padding: Theme.gap24
    onAboutToShow: root.mixtures.refresh()
    onOpened: editor.reach()

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.gap12
        SheetHead {
            title: qsTr("Mixtures")
            onCloseAsked: root.close()
            Label {
                Layout.fillWidth: true
                text: qsTr("Datasets and their shares under one name. Nothing is copied.")
                color: Theme.colors.secondary
            }
        }
        Separator { Layout.fillWidth: true }
        RowLayout {
            spacing: Theme.gap16
            ColumnLayout {
                Layout.preferredWidth: 176
                Layout.maximumWidth: 176
                spacing: Theme.gap8
                ListView {
                    id: list

                    objectName: "mixtures"
                    Layout.fillWidth: true
                    Layout.fillHeight: true
                    clip: true
                    model: root.mixtures.mixtures
                    currentIndex: -1
                    boundsBehavior: Flickable.StopAtBounds
                    activeFocusOnTab: true
                    Accessible.role: Accessible.List
                    Accessible.name: qsTr("Mixtures")
                    T.ScrollBar.vertical: ScrollBar {}
                    Keys.onReturnPressed: (list.currentItem as MixtureNameRow)?.tapped()
                    delegate: MixtureNameRow {
                        id: item

                        width: list.width
                        chosen: root.mixtures.current === item.key
                        focused: list.activeFocus && ListView.isCurrentItem
                        onTapped: {
                            list.currentIndex = item.index;
                            root.mixtures.openMixture(item.key);
                        }
                    }
                    Label {
                        anchors.centerIn: parent
                        visible: list.count === 0
                        text: qsTr("None is written yet")
                        color: Theme.colors.secondary
                    }
                }
                Button {
                    objectName: "new"
                    Layout.fillWidth: true
                    text: qsTr("New mixture")
                    iconName: "plus"
                    enabled: root.mixtures.mixtures.count > 0
                    help: root.mixtures.mixtures.count > 0 ? qsTr("An empty one beside these") : qsTr("The one at the right is new")
                    onClicked: root.mixtures.create()
                }
            }
            Separator { Layout.fillHeight: true; Layout.preferredWidth: Theme.separator }
            MixtureEditor {
                id: editor

                Layout.fillWidth: true
                Layout.fillHeight: true
                mixtures: root.mixtures
            }
        }
    }
}
