// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// The histogram of a rule's column with its bounds on it. A handle is dragged, or moved by Left and Right (with Shift ten steps).
Item {
    id: root

    required property FilterValues filter

    HistogramItem {
        width: parent.width
        height: 32
        y: 2
        opacity: root.filter.on ? 1 : 0.4
        bars: root.filter.bars
        keptFrom: root.filter.hasLow ? root.filter.fraction(root.filter.low) : -1
        keptTo: root.filter.hasHigh ? root.filter.fraction(root.filter.high) : 2
        keptColor: Theme.dark ? "#b9b9b9" : "#5c5c5c"
        droppedColor: Theme.dark ? "#4d4d4d" : "#b4b4b4"
    }
    Rectangle {
        y: 35
        width: parent.width
        height: 1
        color: Theme.colors.innerSeparator
    }
    HistogramHandle {
        objectName: "lowHandle"
        visible: root.filter.hasLow
        place: root.filter.fraction(root.filter.low)
        filter: root.filter
        room: root.width
        height: root.height
        end: "low"
        value: root.filter.low
        label: qsTr("%1 at least").arg(root.filter.title)
    }
    HistogramHandle {
        objectName: "highHandle"
        visible: root.filter.hasHigh
        place: root.filter.fraction(root.filter.high)
        filter: root.filter
        room: root.width
        height: root.height
        end: "high"
        value: root.filter.high
        label: qsTr("%1 at most").arg(root.filter.title)
    }
}
