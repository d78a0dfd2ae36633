// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// What is asked for: prompts, settings, and the button that starts it.
FocusScope {
    id: root

    required property GenerateViewModel generate
    required property string workspaceName
    required property string workspacePath

    function focusPrompt(): void {
        prompt.focusField();
    }

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.surface
    }
    RowLayout {
        id: head

        anchors { left: parent.left; right: parent.right; top: parent.top; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding }
        height: Theme.header
        spacing: Theme.gap6
        Label {
            Layout.fillWidth: true
            text: qsTr("Generate")
            size: Theme.titleSize
            weight: Theme.strong
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        Icon { icon: "folder" }
        Label {
            Layout.maximumWidth: 140
            text: root.workspaceName
            color: Theme.colors.secondary
            HoverHandler { id: onName }
            Tooltip { text: root.workspacePath; shown: onName.hovered }
        }
    }
    Separator {
        id: line

        anchors { left: parent.left; right: parent.right; top: head.bottom }
    }
    Flickable {
        id: scroll

        /// What the prompt may grow into: all else of the column has its own height.
        readonly property real spare: scroll.height - form.height - negative.implicitHeight - prompt.fixedHeight - start.height - loras.height
                                      - more.height - 52

        anchors { left: parent.left; right: parent.right; top: line.bottom; bottom: foot.top }
        clip: true
        contentHeight: column.height
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ScrollBar {}

        Column {
            id: column

            width: scroll.width
            topPadding: Theme.gap8 + Theme.gap2

            PromptSection {
                id: prompt

                x: Theme.panelPadding
                width: parent.width - 2 * Theme.panelPadding
                focus: true
                title: qsTr("Prompt")
                placeholder: qsTr("What the picture should show")
                help: Parameters.info("prompt").help
                text: root.generate.prompt
                tokens: root.generate.promptTokens
                limit: root.generate.promptRoom
                markAt: root.generate.promptMarkAt
                history: true
                showMeter: true
                leastHeight: scroll.height < 640 ? 62 : 118
                mostHeight: Math.max(prompt.leastHeight, scroll.spare)
                onEdited: newText => root.generate.prompt = newText
                onEarlierAsked: root.generate.previousPrompt()
                onLaterAsked: root.generate.nextPrompt()
            }
            Item { width: 1; height: Theme.gap6 }
            PromptSection {
                id: negative

                x: Theme.panelPadding
                width: parent.width - 2 * Theme.panelPadding
                title: qsTr("Negative prompt")
                placeholder: qsTr("What should not be in the picture")
                help: Parameters.info("negative").help
                text: root.generate.negative
                tokens: root.generate.negativeTokens
                limit: root.generate.negativeRoom
                markAt: root.generate.negativeMarkAt
                leastHeight: 54
                mostHeight: 54
                onEdited: newText => root.generate.negative = newText
            }
            Item { width: 1; height: Theme.gap12 }
            Separator { width: parent.width }
            GenerateForm {
                id: form

                x: Theme.panelPadding
                width: parent.width - 2 * Theme.panelPadding
                generate: root.generate
            }
            Separator { width: parent.width }
            Item {
                id: start

                width: parent.width
                height: startSection.implicitHeight + Theme.gap6 + Theme.gap8
                StartSection {
                    id: startSection

                    x: Theme.panelPadding
                    y: Theme.gap6
                    width: parent.width - 2 * Theme.panelPadding
                    start: root.generate.start
                    live: root.generate.live
                }
            }
            Separator { width: parent.width }
            Item {
                id: loras

                width: parent.width
                height: loraSection.implicitHeight + Theme.gap6 + Theme.gap6
                LoraSection {
                    id: loraSection

                    x: Theme.panelPadding
                    y: Theme.gap6
                    width: parent.width - 2 * Theme.panelPadding
                    loras: root.generate.loras
                    live: root.generate.live
                }
            }
            Separator { width: parent.width }
            MoreSettings {
                id: more

                x: Theme.panelPadding
                width: parent.width - 2 * Theme.panelPadding
                topPadding: Theme.gap4
                bottomPadding: more.open ? Theme.gap12 : Theme.gap4
                settings: root.generate.extra
                follower: root.generate.live
            }
        }
    }
    Item {
        id: foot

        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        height: Theme.primaryControl + 21

        Rectangle {
            anchors.fill: parent
            color: Theme.colors.surface
        }
        Separator { width: parent.width }
        RowLayout {
            anchors { fill: parent; topMargin: 11; bottomMargin: 10; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding }
            spacing: Theme.gap8
            Button {
                Layout.fillWidth: true
                kind: Button.Primary
                text: root.generate.busy ? qsTr("Queue another") : qsTr("Generate")
                keys: "Ctrl+Return"
                enabled: root.generate.cannotGenerate.length === 0
                help: root.generate.cannotGenerate
                onClicked: root.generate.generate()
            }
            Button {
                Layout.preferredHeight: Theme.primaryControl
                text: qsTr("Grid")
                iconName: "grid"
                help: qsTr("The same picture under several settings (Ctrl+G)")
                onClicked: root.generate.grid.open = !root.generate.grid.open
            }
        }
    }
    Separator {
        anchors { right: parent.right; top: parent.top; bottom: parent.bottom }
    }
}
