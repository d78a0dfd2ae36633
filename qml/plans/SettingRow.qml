// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// One value of a plan: its control, what follows from it, and what is wrong with it.
Column {
    id: root

    required property var setting
    readonly property parameterInfo info: Parameters.info(root.setting.key)
    readonly property real most: root.info.maximum * root.setting.factor

    signal edited(var value)
    signal inheritAsked

    spacing: Theme.gap2

    RowLayout {
        width: parent.width
        spacing: 0
        FormLabel {
            Layout.preferredWidth: Theme.planLabel
            text: root.setting.label
            color: root.setting.problem.length > 0 ? Theme.colors.error : root.setting.overrides ? Theme.colors.text : Theme.colors.secondary
        }
        Loader {
            Layout.fillWidth: true
            sourceComponent: root.setting.kind === "slider" ? slider : root.setting.kind === "number" ? number : root.setting.kind === "power" ? power
                           : root.setting.kind === "switch" ? onOff : root.setting.kind === "choice" ? choice : words
        }
        IconButton {
            visible: root.setting.overrides
            side: Theme.compactControl
            iconName: "undo"
            iconSize: Theme.smallIcon
            text: qsTr("As in the plan")
            help: qsTr("This phase has its own value; take the plan's again")
            onClicked: root.inheritAsked()
        }
    }
    Label {
        x: Theme.planLabel + Theme.gap8
        width: parent.width - x
        visible: root.setting.problem.length > 0 || (root.setting.note.length > 0 && root.setting.kind === "slider")
        text: root.setting.problem.length > 0 ? root.setting.problem : root.setting.note
        size: Theme.captionSize
        color: root.setting.problem.length > 0 ? Theme.colors.error : Theme.colors.secondary
        wrapMode: Text.Wrap
    }

    // A Loader of Qt 6.4 cannot make a bound component, which qmllint asks for.
    // qmllint disable unqualified
    Component {
        id: slider

        RowLayout {
            spacing: Theme.gap8
            Slider {
                Layout.fillWidth: true
                label: root.setting.label
                help: root.info.help
                from: root.info.minimum * root.setting.factor
                to: Math.min(root.most, root.info.unit === "epochs" ? 50 : root.info.unit === "images" ? 64 : root.setting.factor > 1 ? 50 : 20)
                stepSize: root.info.step * root.setting.factor
                value: root.setting.number
                onMoved: root.edited(value)
                onResetAsked: root.edited(root.info.defaultValue * root.setting.factor)
            }
            NumberField {
                Layout.preferredWidth: Theme.numberField + Theme.gap12
                label: root.setting.label
                help: root.info.help
                value: root.setting.number
                from: root.info.minimum * root.setting.factor
                to: root.most
                stepSize: root.info.step * root.setting.factor
                decimals: root.setting.factor > 1 ? 0 : root.info.decimals
                unit: root.setting.unit === "images" ? qsTr("img") : root.setting.unit === "micro-steps" ? "×" : root.setting.unit === "epochs" ? "" : root.setting.unit
                onEdited: value => root.edited(value)
            }
        }
    }
    Component {
        id: number

        RowLayout {
            spacing: Theme.gap8
            NumberField {
                Layout.preferredWidth: 96
                label: root.setting.label
                help: root.info.help
                value: root.setting.number
                from: root.info.minimum * root.setting.factor
                to: root.most
                stepSize: root.info.step * root.setting.factor
                decimals: root.setting.factor > 1 ? 1 : root.info.decimals
                unit: root.setting.unit
                onEdited: value => root.edited(value)
            }
            Label {
                Layout.fillWidth: true
                text: root.setting.note
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
        }
    }
    Component {
        id: power

        RowLayout {
            spacing: Theme.gap8
            Field {
                Layout.preferredWidth: 96
                horizontalAlignment: TextInput.AlignRight
                label: root.setting.label
                help: root.info.help
                text: Format.power(root.setting.number)
                unit: root.setting.unit
                wrong: root.setting.problem.length > 0
                onEditingFinished: if (!isNaN(Number(text)) && text !== Format.power(root.setting.number)) root.edited(Number(text))
                Keys.onUpPressed: root.edited(root.setting.number * 1.1)
                Keys.onDownPressed: root.edited(root.setting.number / 1.1)
            }
            Label {
                Layout.fillWidth: true
                text: root.setting.note
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
        }
    }
    Component {
        id: onOff

        Switch {
            help: root.info.help
            text: root.setting.number > 0 ? qsTr("yes") : qsTr("no")
            checked: root.setting.number > 0
            Accessible.name: root.setting.label
            onToggled: root.edited(checked)
        }
    }
    Component {
        id: choice

        ComboBox {
            label: root.setting.label
            help: root.info.help
            model: root.setting.choiceNames
            currentIndex: root.setting.choices.indexOf(root.setting.text)
            onActivated: index => root.edited(root.setting.choices[index])
        }
    }
    Component {
        id: words

        Field {
            label: root.setting.label
            help: root.info.help
            text: root.setting.text
            mono: root.setting.kind === "path"
            wrong: root.setting.problem.length > 0
            onEditingFinished: if (text !== root.setting.text) root.edited(text)
        }
    }
    // qmllint enable unqualified
}
