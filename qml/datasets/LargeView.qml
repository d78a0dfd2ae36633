// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.DatasetModels

/// One row, large: picture with the square that is cut out, caption as the text encoder takes it, all values. X turns the verdict round.
Sheet {
    id: root

    required property DatasetsViewModel datasets
    readonly property RowDetail detail: root.datasets.detail
    property double row: -1

    function show(row: double): void {
        root.row = row;
        root.datasets.showRow(row);
        root.open();
    }

    modal: true
    anchors.centerIn: parent
    width: Math.min(1080, parent ? parent.width - 96 : 1080)
    height: Math.min(720, parent ? parent.height - 96 : 720)
    padding: Theme.gap24

    RowLayout {
        anchors.fill: parent
        spacing: Theme.gap24
        focus: true
        Keys.onPressed: event => {
            event.accepted = event.key === Qt.Key_X || event.key === Qt.Key_Return;
            if (event.key === Qt.Key_X)
                root.datasets.toggleOverride(root.row);
            else if (event.key === Qt.Key_Return)
                root.close();
        }
        Rectangle {
            id: canvas

            Layout.fillWidth: true
            Layout.fillHeight: true
            color: Theme.colors.canvas
            radius: Theme.smallRadius
            Image {
                id: picture

                anchors { fill: parent; margins: Theme.gap8 }
                source: root.opened && root.detail.row >= 0 ? root.datasets.pictureOf(root.detail.row) : ""
                fillMode: Image.PreserveAspectFit
                asynchronous: true
                cache: false
            }
            Rectangle {
                readonly property real zoom: picture.paintedWidth / Math.max(1, picture.implicitWidth)

                visible: picture.status === Image.Ready && root.detail.crop.width > 0
                x: picture.x + (picture.width - picture.paintedWidth) / 2 + root.detail.crop.x * zoom
                y: picture.y + (picture.height - picture.paintedHeight) / 2 + root.detail.crop.y * zoom
                width: root.detail.crop.width * zoom
                height: root.detail.crop.height * zoom
                color: "transparent"
                border.width: 2
                border.color: Theme.colors.imageHandle
                Label {
                    x: Theme.gap8
                    y: Theme.gap4
                    text: qsTr("crop %1 px").arg(root.detail.crop.width)
                    size: Theme.captionSize
                    color: Theme.colors.imageHandle
                }
            }
            EmptyState {
                anchors.centerIn: parent
                width: parent.width - 64
                visible: picture.status !== Image.Ready && picture.status !== Image.Loading
                iconName: "image"
                title: qsTr("Its picture is not on this computer")
                text: qsTr("It comes with the Download stage.")
            }
        }
        Flickable {
            Layout.preferredWidth: 360
            Layout.fillHeight: true
            clip: true
            contentHeight: facts.implicitHeight
            boundsBehavior: Flickable.StopAtBounds
            T.ScrollBar.vertical: ScrollBar {}
            ColumnLayout {
                id: facts

                width: parent.width - Theme.gap8
                spacing: Theme.gap8
                RowLayout {
                    Layout.fillWidth: true
                    Label {
                        Layout.fillWidth: true
                        text: qsTr("Row %1").arg(Format.count(root.row + 1))
                        size: Theme.figureSize
                        weight: Theme.strong
                    }
                    Button {
                        text: qsTr("Turn verdict")
                        keys: "X"
                        help: qsTr("Keeps what rules drop, drops what they keep; kept in the rules file")
                        onClicked: root.datasets.toggleOverride(root.row)
                    }
                    IconButton {
                        iconName: "close"
                        text: qsTr("Close")
                        onClicked: root.close()
                    }
                }
                Label {
                    Layout.fillWidth: true
                    text: root.detail.captionFits
                    size: Theme.titleSize
                    wrapMode: Text.Wrap
                }
                Label {
                    Layout.fillWidth: true
                    visible: root.detail.captionCut.length > 0
                    text: qsTr("Cut off: %1").arg(root.detail.captionCut)
                    color: Theme.colors.warning
                    wrapMode: Text.Wrap
                }
                Label {
                    Layout.topMargin: Theme.gap8
                    text: qsTr("%1 tokens of %2").arg(root.detail.tokens.length).arg(root.detail.cutAt)
                    weight: Theme.strong
                }
                Flow {
                    Layout.fillWidth: true
                    spacing: 3
                    Repeater {
                        model: root.detail.tokens
                        Rectangle {
                            id: token

                            required property int index
                            required property string modelData

                            width: piece.implicitWidth + Theme.gap8
                            height: 18
                            radius: 3
                            color: token.index < root.detail.cutAt ? Theme.colors.field : Theme.colors.warningSoft
                            Label {
                                id: piece

                                anchors.centerIn: parent
                                text: token.modelData
                                size: Theme.captionSize
                                color: token.index < root.detail.cutAt ? Theme.colors.text : Theme.colors.warning
                            }
                        }
                    }
                }
                Label {
                    Layout.topMargin: Theme.gap8
                    text: qsTr("All values")
                    weight: Theme.strong
                }
                Repeater {
                    model: root.detail.values
                    RowLayout {
                        id: fact

                        required property string name
                        required property string value

                        Layout.fillWidth: true
                        spacing: Theme.gap8
                        Label {
                            Layout.preferredWidth: 104
                            Layout.alignment: Qt.AlignTop
                            text: fact.name
                            size: Theme.captionSize
                            color: Theme.colors.secondary
                        }
                        Label {
                            Layout.fillWidth: true
                            text: fact.value
                            size: Theme.captionSize
                            wrapMode: Text.WrapAnywhere
                            maximumLineCount: 6
                        }
                    }
                }
            }
        }
    }
}
