// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Dialogs
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// One further setting: a slider, a number that can be off, a choice, or a file that can be dropped here. What is not set shows what counts.
Item {
    id: root

    required property string key
    required property string label
    required property string kind
    required property list<string> choices
    required property int choiceIndex
    required property string usual
    required property real number
    required property string text
    required property bool isSet
    required property LivePicture follower
    readonly property parameterInfo info: Parameters.info(root.key)

    signal edited(var newValue)

    implicitHeight: row.implicitHeight

    Loader {
        id: row

        width: root.width
        sourceComponent: root.kind === "number" ? number : root.kind === "optional" ? optional : root.kind === "choice" ? choice : path
    }
    Component {
        id: number

        ParameterRow {
            label: root.label
            info: root.info
            unit: root.info.unit === "px" ? root.info.unit : ""
            value: root.number
            follower: root.follower
            sliderTo: Math.min(root.info.maximum, 200)
            onEdited: newValue => root.edited(newValue)
        }
    }
    Component {
        id: optional

        RowLayout {
            spacing: Theme.gap8
            FormLabel {
                Layout.rightMargin: 0
                text: root.label
            }
            Switch {
                text: root.label
                checked: root.isSet
                onToggled: root.edited(checked ? root.info.defaultValue : "")
            }
            Item { Layout.fillWidth: true }
            Label {
                visible: !root.isSet
                text: root.usual
                color: Theme.colors.secondary
            }
            NumberField {
                visible: root.isSet
                label: root.label
                help: root.info.help
                value: root.number
                from: root.info.minimum
                to: root.info.maximum
                stepSize: root.info.step
                decimals: root.info.decimals
                unit: root.info.unit === "px" ? root.info.unit : ""
                onEdited: newValue => root.edited(newValue)
            }
        }
    }
    Component {
        id: choice

        RowLayout {
            spacing: 0
            FormLabel { text: root.label }
            ComboBox {
                Layout.fillWidth: true
                label: root.label
                help: root.info.help
                model: root.choices
                currentIndex: root.choiceIndex
                onActivated: index => root.edited(root.choices[index])
            }
        }
    }
    Component {
        id: path

        RowLayout {
            spacing: Theme.gap8
            FormLabel {
                Layout.rightMargin: 0
                text: root.label
            }
            Field {
                Layout.fillWidth: true
                label: root.label
                help: root.info.help
                placeholderText: root.usual
                text: root.text
                onAccepted: root.edited(text)
                onActiveFocusChanged: if (!activeFocus) root.edited(text)
                DropArea {
                    anchors.fill: parent
                    keys: ["text/uri-list"]
                    onDropped: drop => {
                        drop.accept(Qt.CopyAction);
                        root.edited(drop.urls[0]);
                    }
                }
            }
            IconButton {
                iconName: root.isSet ? "close" : "folder"
                text: root.isSet ? qsTr("None") : qsTr("Choose a file")
                onClicked: root.isSet ? root.edited("") : dialog.open()
            }
            FileDialog {
                id: dialog

                title: root.label
                onAccepted: root.edited(selectedFile)
            }
        }
    }
}
