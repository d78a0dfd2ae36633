// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// A source: name, rows, share with its lock.
ColumnLayout {
    id: root

    required property int index
    required property string name
    required property string path
    required property string rowsText
    required property string passesText
    required property double percent
    required property bool locked
    required property int band
    required property string problem
    /// The phase has no other: its share is everything.
    required property bool alone

    signal shareAsked(real share)
    signal lockAsked(bool on)
    signal removeAsked

    spacing: 0

    RowLayout {
        Layout.fillWidth: true
        spacing: Theme.gap8
        Rectangle {
            implicitWidth: 8
            implicitHeight: 8
            radius: 2
            color: Theme.bandColor(root.band)
        }
        Label {
            text: root.name
            weight: Theme.medium
            Layout.maximumWidth: root.width * 0.5
            HoverHandler { id: pointer }
            Tooltip { text: root.path; shown: pointer.hovered }
        }
        Label {
            Layout.fillWidth: true
            text: root.rowsText
            color: Theme.colors.secondary
        }
        Label {
            text: root.passesText
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    RowLayout {
        Layout.fillWidth: true
        spacing: Theme.gap8
        Slider {
            Layout.fillWidth: true
            label: qsTr("Share of %1").arg(root.name)
            help: qsTr("Fraction of the phase's samples that come from here; the others share the rest")
            from: 0
            to: 100
            stepSize: 1
            enabled: !root.locked && !root.alone
            value: root.percent
            onMoved: root.shareAsked(value)
        }
        NumberField {
            Layout.preferredWidth: Theme.numberField
            label: qsTr("Share of %1").arg(root.name)
            value: root.percent
            from: 0
            to: 100
            stepSize: 1
            decimals: 0
            unit: "%"
            enabled: !root.locked && !root.alone
            onEdited: value => root.shareAsked(value)
        }
        IconButton {
            side: Theme.compactControl
            iconName: root.locked ? "lock" : "unlock"
            iconSize: Theme.smallIcon
            active: root.locked
            enabled: !root.alone
            text: root.locked ? qsTr("Unlock the share of %1").arg(root.name) : qsTr("Lock the share of %1").arg(root.name)
            help: qsTr("A locked share stays when others are moved")
            onClicked: root.lockAsked(!root.locked)
        }
        IconButton {
            side: Theme.compactControl
            iconName: "close"
            iconSize: Theme.smallIcon
            enabled: !root.alone
            text: qsTr("Remove %1 from the phase").arg(root.name)
            onClicked: root.removeAsked()
        }
    }
    RowLayout {
        Layout.fillWidth: true
        visible: root.problem.length > 0
        spacing: Theme.gap6
        Icon {
            icon: "warning"
            size: Theme.smallIcon
            color: Theme.colors.warning
        }
        Label {
            Layout.fillWidth: true
            text: root.problem
            size: Theme.captionSize
            color: Theme.colors.secondary
            wrapMode: Text.Wrap
        }
    }
}
