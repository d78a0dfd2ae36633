// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Controls
import Darkroom.PlanModels

/// The plan that is open; the list has the workspace's plans and the templates.
ComboBox {
    id: root

    required property PlansViewModel plans

    label: qsTr("Plan")
    help: qsTr("Plans of this workspace, then templates to start from")
    model: root.plans.files
    textRole: "name"
    valueRole: "key"
    detailRole: "detail"
    displayText: root.plans.name
    popup.width: 480
    onActivated: root.plans.openPlan(root.currentValue)
}
