// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// Statistics of the chosen source: distributions of its columns, and of its latents.
Sheet {
    id: root

    required property DatasetsViewModel datasets
    readonly property DatasetReport report: root.datasets.report

    modal: true
    anchors.centerIn: parent
    width: Math.min(960, parent ? parent.width - 96 : 960)
    height: Math.min(680, parent ? parent.height - 96 : 680)
    padding: Theme.gap24
    onOpened: view.forceActiveFocus()

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.gap12
        SheetHead {
            title: qsTr("Statistics of %1").arg(root.datasets.title)
            onCloseAsked: root.close()
        }
        Flickable {
            id: view

            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            contentHeight: content.implicitHeight
            boundsBehavior: Flickable.StopAtBounds
            activeFocusOnTab: true
            T.ScrollBar.vertical: ScrollBar {}
            ColumnLayout {
                id: content

                width: view.width - Theme.gap12
                spacing: Theme.gap16
                GridLayout {
                    Layout.fillWidth: true
                    columns: 2
                    columnSpacing: Theme.gap24
                    rowSpacing: Theme.gap16
                    Repeater {
                        model: root.report.figures
                        FigureBlock {
                            Layout.fillWidth: true
                            Layout.preferredWidth: 1
                        }
                    }
                }
                RowLayout {
                    Layout.fillWidth: true
                    Label {
                        Layout.fillWidth: true
                        text: root.report.statisticsText
                        color: Theme.colors.secondary
                        wrapMode: Text.Wrap
                    }
                    Button {
                        text: root.report.counting ? qsTr("Stop") : qsTr("Count words and tokens")
                        help: qsTr("Goes through the captions that the Tokens stage made")
                        enabled: root.report.counting || root.report.canCount
                        onClicked: root.report.counting ? root.report.stopCounting() : root.report.count()
                    }
                }
                FactColumns {
                    Layout.fillWidth: true
                    visible: root.report.numbers.count > 0
                    title: qsTr("Captions and pictures")
                    facts: root.report.numbers
                }
                FactColumns {
                    Layout.fillWidth: true
                    visible: root.report.words.count > 0
                    title: qsTr("Words, most often")
                    facts: root.report.words
                }
                FactColumns {
                    Layout.fillWidth: true
                    visible: root.report.shards.count > 0
                    title: qsTr("Sources")
                    facts: root.report.shards
                }
                FactColumns {
                    Layout.fillWidth: true
                    title: qsTr("Latents")
                    facts: root.report.latents
                    emptyText: qsTr("None yet: they come with the last stage.")
                }
                Repeater {
                    model: root.report.remarks
                    Label {
                        required property string modelData

                        Layout.fillWidth: true
                        text: modelData
                        color: Theme.colors.warning
                        wrapMode: Text.Wrap
                    }
                }
            }
        }
    }
}
