// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// The distribution of one column.
ColumnLayout {
    id: root

    required property string title
    required property string fromText
    required property string toText
    required property string detail
    required property list<real> bars

    spacing: Theme.gap2
    Accessible.role: Accessible.Graphic
    Accessible.name: root.title
    Accessible.description: root.detail
    RowLayout {
        Layout.fillWidth: true
        Label {
            text: root.title
            weight: Theme.medium
        }
        Label {
            Layout.fillWidth: true
            horizontalAlignment: Text.AlignRight
            text: root.detail
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    HistogramItem {
        Layout.fillWidth: true
        Layout.preferredHeight: 56
        bars: root.bars
        keptFrom: -1
        keptTo: 2
        keptColor: Theme.colors.trackFill
        droppedColor: Theme.colors.track
    }
    RowLayout {
        Layout.fillWidth: true
        Label {
            Layout.fillWidth: true
            text: root.fromText
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
        Label {
            text: root.toText
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
}
