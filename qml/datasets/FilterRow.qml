// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// A rule: its switch, its bounds on the histogram or its words, and what it drops. Delete removes it, Ctrl with Up and Down move it.
FocusScope {
    id: root

    required property int index
    required property string kind
    required property string title
    required property bool on
    required property bool keepsEmpty
    required property string emptyText
    required property bool hasLow
    required property bool hasHigh
    required property double low
    required property double high
    required property string lowSign
    required property string highSign
    required property double from
    required property double to
    required property double step
    required property int decimals
    required property string unit
    required property list<real> bars
    required property string words
    required property string pattern
    required property string notPattern
    required property string dictionary
    required property string aloneText
    required property string inOrderText
    required property string onlyText
    required property bool pending
    required property string problem
    required property DatasetsViewModel datasets
    readonly property bool chosen: root.datasets.focus === root.index

    implicitHeight: column.implicitHeight + Theme.gap8
    Accessible.role: Accessible.ListItem
    Accessible.name: qsTr("%1: drops %2, only this rule %3").arg(root.title).arg(root.aloneText).arg(root.onlyText)
    onActiveFocusChanged: if (root.activeFocus) root.datasets.focus = root.index
    Keys.onDeletePressed: root.datasets.removeRule(root.index)
    Keys.onPressed: event => {
        const moves = event.modifiers & Qt.ControlModifier && (event.key === Qt.Key_Up || event.key === Qt.Key_Down);
        event.accepted = moves;
        if (moves)
            root.datasets.moveRule(root.index, event.key === Qt.Key_Up ? -1 : 1);
    }

    FilterValues {
        id: values

        datasets: root.datasets
        index: root.index
        kind: root.kind
        title: root.title
        on: root.on
        keepsEmpty: root.keepsEmpty
        hasLow: root.hasLow
        hasHigh: root.hasHigh
        low: root.low
        high: root.high
        from: root.from
        to: root.to
        step: root.step
        decimals: root.decimals
        bars: root.bars
        words: root.words
        pattern: root.pattern
        notPattern: root.notPattern
        dictionary: root.dictionary
    }

    Rectangle {
        anchors { fill: parent; bottomMargin: 1 }
        color: root.chosen ? Theme.colors.raised : pointer.hovered ? Theme.colors.rowHover : "transparent"
    }
    Separator { inner: true; anchors { left: parent.left; right: parent.right; bottom: parent.bottom } }
    HoverHandler { id: pointer }
    TapHandler { onTapped: root.datasets.focus = root.index }

    ColumnLayout {
        id: column

        x: Theme.panelPadding
        y: Theme.gap4
        width: parent.width - 2 * Theme.panelPadding
        spacing: 0

        RowLayout {
            Layout.fillWidth: true
            Layout.preferredHeight: 28
            spacing: Theme.gap8
            Switch {
                checked: root.on
                help: qsTr("Off: the rule keeps its place and its values")
                Accessible.name: qsTr("%1 counts").arg(root.title)
                onToggled: root.datasets.setOn(root.index, checked)
            }
            Label {
                Layout.fillWidth: true
                text: root.title
                weight: Theme.medium
                color: root.on ? Theme.colors.text : Theme.colors.secondary
            }
            FilterMenuButton {
                shown: pointer.hovered || root.activeFocus || root.chosen
                filter: values
            }
            Label {
                visible: root.kind === "range" && root.hasLow
                text: root.lowSign
                color: Theme.colors.secondary
            }
            NumberField {
                visible: root.kind === "range" && root.hasLow
                objectName: "low"
                Layout.preferredWidth: root.unit.length > 0 && !root.hasHigh ? 76 : 58
                label: qsTr("%1 at least").arg(root.title)
                help: qsTr("Rows below are dropped; Up and Down go by one step")
                value: root.low
                from: -1e9
                to: 1e9
                stepSize: root.step
                decimals: root.decimals
                unit: root.hasHigh ? "" : root.unit
                onEdited: value => root.datasets.setBound(root.index, "low", value)
            }
            Label {
                visible: root.kind === "range" && root.hasHigh
                text: root.hasLow ? qsTr("to") : root.highSign
                color: Theme.colors.secondary
            }
            NumberField {
                visible: root.kind === "range" && root.hasHigh
                objectName: "high"
                Layout.preferredWidth: root.unit.length > 0 ? 86 : 58
                label: qsTr("%1 at most").arg(root.title)
                help: qsTr("Rows above are dropped; Up and Down go by one step")
                value: root.high
                from: -1e9
                to: 1e9
                stepSize: root.step
                decimals: root.decimals
                unit: root.unit
                onEdited: value => root.datasets.setBound(root.index, "high", value)
            }
        }
        HistogramSlider {
            Layout.fillWidth: true
            Layout.preferredHeight: 36
            visible: root.kind === "range"
            filter: values
        }
        Loader {
            Layout.fillWidth: true
            active: root.kind === "texts" || root.words.length > 0
            visible: active
            // A Loader of Qt 6.4 cannot make a bound component, which qmllint asks for.
            // qmllint disable unqualified
            sourceComponent: TextRuleFields { filter: values }
            // qmllint enable unqualified
        }
        RowLayout {
            Layout.fillWidth: true
            Layout.preferredHeight: 18
            spacing: Theme.gap4
            Label {
                text: root.pending ? qsTr("reading captions…") : qsTr("drops")
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
            Label {
                visible: !root.pending
                text: root.aloneText
                size: Theme.captionSize
                HoverHandler { id: overAlone }
                Tooltip { text: qsTr("Whatever the other rules say. In order, after the rules above: %1").arg(root.inOrderText); shown: overAlone.hovered }
            }
            Item { Layout.fillWidth: true }
            Label {
                text: qsTr("only this rule:")
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
            Label {
                text: root.onlyText
                size: Theme.captionSize
            }
        }
        Label {
            Layout.fillWidth: true
            visible: root.problem.length > 0 || (root.chosen && root.emptyText.length > 0)
            text: root.problem.length > 0 ? root.problem : root.keepsEmpty ? qsTr("%1 and are kept").arg(root.emptyText) : qsTr("%1 and are dropped").arg(root.emptyText)
            size: Theme.captionSize
            color: root.problem.length > 0 ? Theme.colors.warning : Theme.colors.secondary
            wrapMode: Text.Wrap
        }
    }
}
