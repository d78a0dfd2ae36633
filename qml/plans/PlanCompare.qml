// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
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
        RowLayout {
            spacing: Theme.gap12
            Label {
                text: qsTr("%1 beside").arg(root.plans.name)
                size: Theme.figureSize
                weight: Theme.strong
            }
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
            IconButton {
                iconName: "close"
                text: qsTr("Close")
                onClicked: root.close()
            }
        }
        Label {
            visible: root.plans.differences.count === 0
            text: root.plans.comparedWith.length > 0 ? qsTr("The two plans say the same.") : qsTr("Choose a plan to see what differs.")
            color: Theme.colors.secondary
        }
        ListView {
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            model: root.plans.differences
            boundsBehavior: Flickable.StopAtBounds
            activeFocusOnTab: true
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Differences")
            T.ScrollBar.vertical: ScrollBar {}
            delegate: RowLayout {
                id: row

                required property string place
                required property string here
                required property string there

                width: ListView.view.width
                height: Theme.listRow
                spacing: Theme.gap12
                Label {
                    Layout.fillWidth: true
                    text: row.place
                    mono: true
                    size: Theme.captionSize
                }
                Label {
                    Layout.preferredWidth: 180
                    horizontalAlignment: Text.AlignRight
                    text: row.here
                    weight: Theme.medium
                }
                Label {
                    Layout.preferredWidth: 180
                    horizontalAlignment: Text.AlignRight
                    text: row.there
                    color: Theme.colors.secondary
                }
            }
        }
    }
}
