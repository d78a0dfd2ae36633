// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// A dataset of the mixture, or one that could be in it: its share of the samples, and rows at most.
ColumnLayout {
    id: root

    required property int index
    required property string path
    required property string title
    required property string rowsText
    required property bool on
    required property double percent
    required property double rows
    required property double limit
    required property string passesText
    required property string problem
    required property int band
    /// It has the mixture to itself.
    property bool alone: false

    signal onAsked(bool on)
    signal shareAsked(real percent)
    signal limitAsked(real rows)

    spacing: 0
    RowLayout {
        Layout.fillWidth: true
        spacing: Theme.gap8
        Switch {
            id: switch_

            objectName: "on"
            help: root.on ? qsTr("Takes it out; the others share what it had") : qsTr("Puts it in")
            enabled: root.on || root.problem.length === 0
            checked: root.on
            Accessible.name: root.title
            onToggled: root.onAsked(switch_.checked)
        }
        Rectangle {
            implicitWidth: 8
            implicitHeight: 8
            radius: 2
            opacity: root.on ? 1 : 0.35
            color: Theme.bandColor(root.band)
        }
        Label {
            Layout.maximumWidth: root.width * 0.45
            text: root.title
            weight: Theme.medium
            color: root.on ? Theme.colors.text : Theme.colors.secondary
            HoverHandler { id: pointer }
            Tooltip { text: root.path; shown: pointer.hovered }
        }
        Label {
            Layout.fillWidth: true
            text: root.problem.length > 0 ? root.problem : root.rowsText
            color: root.on && root.problem.length > 0 ? Theme.colors.warning : Theme.colors.secondary
        }
        Label {
            text: root.passesText
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    RowLayout {
        Layout.fillWidth: true
        Layout.leftMargin: Theme.control + Theme.gap8
        visible: root.on
        spacing: Theme.gap8
        Slider {
            Layout.fillWidth: true
            label: qsTr("Share of %1").arg(root.title)
            help: qsTr("Of the samples of an epoch; the others share the rest")
            from: 0
            to: 100
            stepSize: 1
            enabled: !root.alone
            value: root.percent
            onMoved: root.shareAsked(value)
        }
        NumberField {
            objectName: "share"
            Layout.preferredWidth: 72
            label: qsTr("Share of %1").arg(root.title)
            value: root.percent
            from: 0
            to: 100
            decimals: 1
            unit: "%"
            enabled: !root.alone
            onEdited: value => root.shareAsked(value)
        }
        Label {
            Layout.leftMargin: Theme.gap8
            text: qsTr("at most")
            color: Theme.colors.secondary
        }
        Field {
            id: most

            objectName: "limit"
            Layout.preferredWidth: 104
            label: qsTr("Rows of %1 at most").arg(root.title)
            help: qsTr("A choice of so many rows, the same in every epoch; empty: all")
            placeholderText: qsTr("all")
            unit: qsTr("rows")
            inputMethodHints: Qt.ImhDigitsOnly
            validator: RegularExpressionValidator { regularExpression: /\d{0,12}/ }
            text: root.limit > 0 ? String(root.limit) : ""
            onEditingFinished: root.limitAsked(Number(most.text))
        }
    }
}
