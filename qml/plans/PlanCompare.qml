// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.PlanModels

/// Every value that differs between the open plan and another.
Sheet {
    id: root

    required property PlansViewModel plans

    modal: true
    anchors.centerIn: parent
    width: Math.min(760, parent ? parent.width - 96 : 760)
    height: Math.min(560, parent ? parent.height - 96 : 560)
    padding: Theme.gap24
    onOpened: other.forceActiveFocus()
    onClosed: root.plans.compareWith("")

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.gap12
        SheetHead {
            title: qsTr("%1 beside").arg(root.plans.name)
            onCloseAsked: root.close()
            ComboBox {
                id: other

                Layout.preferredWidth: 260
                label: qsTr("The other plan")
                model: root.plans.files
                textRole: "name"
                valueRole: "key"
                currentIndex: -1
                displayText: root.plans.comparedWith.length > 0 ? root.plans.comparedWith : qsTr("Choose a plan")
                onActivated: root.plans.compareWith(other.currentValue)
            }
            Item { Layout.fillWidth: true }
        }
        Label {
            visible: root.plans.differences.count === 0
            text: root.plans.comparedWith.length > 0 ? qsTr("The two plans say the same.") : qsTr("Choose a plan to see what differs.")
            color: Theme.colors.secondary
        }
        DifferenceList {
            Layout.fillWidth: true
            Layout.fillHeight: true
            model: root.plans.differences
        }
    }
}
