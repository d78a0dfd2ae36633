// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Memory and load of a device, as figures with small bars.
RowLayout {
    id: root

    required property int index
    required property string name
    required property string product
    required property double memoryUsed
    required property double memoryTotal
    required property double memoryFraction
    required property double load
    property bool compact: false

    spacing: Theme.gap8
    Accessible.role: Accessible.StaticText
    Accessible.name: qsTr("%1: %2 of %3 GB in use, load %4").arg(root.name).arg(Format.gigabytes(root.memoryUsed))
                     .arg(Format.gigabytes(root.memoryTotal)).arg(Format.percent(root.load))

    Separator {
        Layout.fillHeight: true
        Layout.rightMargin: Theme.gap4
        visible: root.index > 0
    }
    Label {
        text: root.name
        size: Theme.captionSize
        color: Theme.colors.secondary
    }
    ProgressBar {
        visible: !root.compact
        implicitWidth: 40
        live: false
        label: qsTr("Memory")
        value: root.memoryFraction
    }
    Label {
        text: Format.gigabytes(root.memoryUsed)
        size: Theme.captionSize
        weight: Theme.strong
    }
    Label {
        Layout.leftMargin: -Theme.gap4
        text: qsTr("/ %1 GB").arg(Format.gigabytes(root.memoryTotal))
        size: Theme.captionSize
        color: Theme.colors.secondary
    }
    ProgressBar {
        visible: !root.compact
        implicitWidth: 32
        live: false
        label: qsTr("Load")
        value: root.load
    }
    Label {
        Layout.preferredWidth: 40
        horizontalAlignment: Text.AlignRight
        text: Format.percent(root.load)
        size: Theme.captionSize
        weight: Theme.strong
    }
    HoverHandler { id: pointer }
    Tooltip { text: root.product; shown: pointer.hovered }
}
