// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.PlanModels

/// Before a run begins: its name, its devices, what it reads and writes.
Sheet {
    id: root

    required property PlansViewModel plans
    /// Why the last launch was refused, a sentence.
    property string problem

    function launch(): void {
        if (go.enabled) {
            root.problem = "";
            root.plans.launch.start(name.text);
        }
    }

    modal: true
    anchors.centerIn: parent
    width: 480
    height: content.implicitHeight + 2 * root.padding
    padding: Theme.gap24
    onAboutToShow: {
        root.problem = "";
        name.text = root.plans.launch.freeName();
    }
    onOpened: name.forceActiveFocus()

    Connections {
        target: root.plans  // which also says when the plan cannot be saved
        enabled: root.visible

        function onFailed(text: string): void {
            root.problem = text;
        }
    }

    ColumnLayout {
        id: content

        width: parent.width
        spacing: Theme.gap12
        Label {
            Layout.fillWidth: true
            text: qsTr("Launch %1").arg(root.plans.name)
            size: Theme.dialogSize
            weight: Theme.strong
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        RowLayout {
            spacing: 0
            FormLabel { text: qsTr("Run") }
            Field {
                id: name

                Layout.fillWidth: true
                label: qsTr("Name of the run")
                help: qsTr("The folder below runs/")
                onTextEdited: root.problem = ""
                onAccepted: root.launch()
            }
        }
        RowLayout {
            spacing: 0
            FormLabel { text: qsTr("Devices") }
            Field {
                Layout.fillWidth: true
                mono: true
                label: qsTr("Devices")
                help: qsTr("One worker for each: cuda:0, cuda:1 or cpu, cpu")
                text: root.plans.launch.devices
                onTextEdited: root.problem = ""
                onEditingFinished: {
                    root.plans.launch.devices = text;
                    text = Qt.binding(() => root.plans.launch.devices);  // which keeps those it had where there are none
                }
            }
        }
        Separator { Layout.fillWidth: true }
        Repeater {
            model: root.plans.launch.lines
            Label {
                required property string modelData

                Layout.fillWidth: true
                text: modelData
                color: Theme.colors.secondary
                wrapMode: Text.Wrap
            }
        }
        RowLayout {
            visible: root.problem.length > 0
            spacing: Theme.gap8
            Accessible.role: Accessible.AlertMessage
            Accessible.name: root.problem
            StateIcon {
                Layout.alignment: Qt.AlignTop
                kind: "error"
            }
            Label {
                Layout.fillWidth: true
                text: root.problem
                wrapMode: Text.Wrap
            }
        }
        RowLayout {
            Layout.topMargin: Theme.gap8
            spacing: Theme.gap8
            Item { Layout.fillWidth: true }
            Button {
                implicitHeight: Theme.primaryControl
                text: qsTr("Cancel")
                onClicked: root.close()
            }
            Button {
                id: go

                kind: Button.Primary
                text: qsTr("Launch")
                enabled: root.plans.launch.ready && name.text.trim().length > 0
                onClicked: root.launch()
            }
        }
    }
}
