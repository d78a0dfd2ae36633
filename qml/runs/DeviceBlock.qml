// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// A device of the run.
ColumnLayout {
    id: root

    required property string name
    required property string product
    required property double memoryUsed
    required property double memoryReserved
    required property double memoryTotal
    required property double load
    required property double power
    required property double temperature

    spacing: Theme.gap4

    component Fact: Row {
        id: fact

        required property string label
        required property string value

        spacing: Theme.gap4
        Label {
            text: fact.label
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
        Label {
            text: fact.value
            size: Theme.captionSize
            weight: Theme.medium
        }
    }
    RowLayout {
        spacing: Theme.gap8
        Label {
            text: root.name
            weight: Theme.medium
        }
        Label {
            Layout.fillWidth: true
            text: root.product
            color: Theme.colors.secondary
        }
        Label {
            text: Format.gigabytes(root.memoryUsed)
            weight: Theme.strong
        }
        Label {
            Layout.leftMargin: -Theme.gap4
            text: qsTr("of %1 GB").arg(Format.gigabytes(root.memoryTotal))
            color: Theme.colors.secondary
        }
    }
    Rectangle {
        id: bar

        readonly property real whole: Math.max(1, root.memoryTotal)

        Layout.fillWidth: true
        implicitHeight: 8
        radius: 4
        color: Theme.colors.track
        Rectangle {
            visible: root.memoryReserved > root.memoryUsed
            width: bar.width * Math.min(1, root.memoryReserved / bar.whole)
            height: parent.height
            radius: 4
            color: Theme.colors.disabled
        }
        Rectangle {
            width: Math.max(root.memoryUsed > 0 ? 4 : 0, bar.width * Math.min(1, root.memoryUsed / bar.whole))
            height: parent.height
            radius: 4
            color: Theme.dark ? Theme.colors.handle : Theme.colors.trackFill
        }
    }
    Row {
        spacing: Theme.gap12
        Fact { label: qsTr("load"); value: Format.percent(root.load) }
        Fact { visible: !isNaN(root.power); label: qsTr("power"); value: qsTr("%1 W").arg(Math.round(root.power)) }
        Fact { visible: !isNaN(root.temperature); label: qsTr("temperature"); value: qsTr("%1 °C").arg(Math.round(root.temperature)) }
    }
}
