// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Controls
import Darkroom.PlanModels

/// No plan can be opened: not even the templates are there.
Item {
    id: root

    required property PlansViewModel plans

    EmptyState {
        anchors.centerIn: parent
        width: Math.min(420, parent.width - 48)
        iconName: "plans"
        title: qsTr("No plan yet")
        text: qsTr("A plan says what a model is trained on, in which phases. Templates come with the program.")
        action: qsTr("Look again")
        onActed: root.plans.refresh()
    }
}
