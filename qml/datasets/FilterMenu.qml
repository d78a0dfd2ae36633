// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Controls

/// What else can be done with a rule.
ContextMenu {
    id: root

    required property FilterValues filter

    MenuRow {
        text: root.filter.keepsEmpty ? qsTr("Drop rows without a value") : qsTr("Keep rows without a value")
        iconName: root.filter.keepsEmpty ? "ok" : "blank"
        onTriggered: root.filter.datasets.setKeepsEmpty(root.filter.index, !root.filter.keepsEmpty)
    }
    MenuRow {
        text: root.filter.hasLow ? qsTr("Remove the lower bound") : qsTr("Set a lower bound")
        iconName: "blank"
        enabled: root.filter.kind === "range" && (!root.filter.hasLow || root.filter.hasHigh)
        onTriggered: root.filter.hasLow ? root.filter.datasets.clearBound(root.filter.index, "low")
                                        : root.filter.datasets.setBound(root.filter.index, "low", root.filter.from)
    }
    MenuRow {
        text: root.filter.hasHigh ? qsTr("Remove the upper bound") : qsTr("Set an upper bound")
        iconName: "blank"
        enabled: root.filter.kind === "range" && (!root.filter.hasHigh || root.filter.hasLow)
        onTriggered: root.filter.hasHigh ? root.filter.datasets.clearBound(root.filter.index, "high")
                                         : root.filter.datasets.setBound(root.filter.index, "high", root.filter.to)
    }
    MenuRow {
        text: qsTr("Earlier")
        iconName: "arrow-up"
        keys: "Ctrl+Up"
        onTriggered: root.filter.datasets.moveRule(root.filter.index, -1)
    }
    MenuRow {
        text: qsTr("Later")
        iconName: "arrow-down"
        keys: "Ctrl+Down"
        onTriggered: root.filter.datasets.moveRule(root.filter.index, 1)
    }
    MenuRow {
        text: qsTr("Remove the rule")
        iconName: "trash"
        keys: "Del"
        onTriggered: root.filter.datasets.removeRule(root.filter.index)
    }
}
