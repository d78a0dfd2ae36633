// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// A prompt with its name, its tokens, and what of it does not fit.
FocusScope {
    id: root

    required property string title
    required property string text
    required property int tokens
    required property int limit
    required property int markAt
    property string placeholder
    property string help
    property bool history: false
    property bool showMeter: false
    property int leastHeight: 54
    property int mostHeight: 54
    /// All but the field.
    readonly property int fixedHeight: 28 + (root.showMeter ? 8 : 0) + (cut.visible ? cut.height : 0)

    signal edited(string newText)
    signal earlierAsked
    signal laterAsked

    function focusField(): void {
        field.forceActiveFocus(Qt.ShortcutFocusReason);
        field.selectAll();
    }

    implicitHeight: root.fixedHeight + field.height
    height: implicitHeight

    RowLayout {
        id: head

        width: parent.width
        height: Theme.compactControl
        spacing: Theme.gap6
        Label {
            Layout.fillWidth: true
            text: root.title
            weight: Theme.strong
        }
        IconButton {
            visible: root.history
            side: Theme.compactControl
            iconName: "history"
            text: qsTr("Earlier prompt")
            help: qsTr("Earlier prompt (Alt+Up in the field; Alt+Down goes back)")
            onClicked: root.earlierAsked()
        }
        Label {
            text: root.tokens
            weight: Theme.medium
            size: Theme.bodySize
            color: Theme.colors.text
        }
        Label {
            Layout.leftMargin: -Theme.gap2
            text: qsTr("/ %1 tokens").arg(root.limit)
            color: Theme.colors.secondary
        }
    }
    PromptField {
        id: field

        y: 28
        width: parent.width
        height: Math.max(root.leastHeight, Math.min(root.mostHeight, field.contentHeight + 12))
        focus: true
        label: root.title
        help: root.help
        placeholder: root.placeholder
        text: root.text
        markAt: root.markAt
        onEdited: newText => root.edited(newText)
        onEarlierAsked: root.earlierAsked()
        onLaterAsked: root.laterAsked()
        onWeightAsked: (from, to, by) => {
            const words = prompt.changeWeight(from, to, by);
            field.select(words.x, words.y);
        }
    }
    PromptDocument {
        id: prompt

        document: field.document
        up: Theme.colors.weightUp
        down: Theme.colors.weightDown
        signs: Theme.colors.secondary
    }
    TokenMeter {
        id: meter

        visible: root.showMeter
        anchors { left: parent.left; right: parent.right; top: field.bottom; margins: Theme.gap2 }
        count: root.tokens
        limit: root.limit
    }
    RowLayout {
        id: cut

        visible: root.markAt >= 0
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        height: Theme.chip
        spacing: Theme.gap6
        Icon {
            icon: "info"
            size: Theme.smallIcon
            color: Theme.colors.secondary
        }
        Label {
            Layout.fillWidth: true
            text: qsTr("What stands behind the mark is read as a second text.")
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
}
