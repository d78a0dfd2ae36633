// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.PlanModels

/// The phases side by side: learning rate, guidance dropout, gamma, and the mixture of sources. Left and Right choose, with Ctrl they move
/// the chosen phase.
FocusScope {
    id: root

    required property PlansViewModel plans
    /// "time", "fit", "even"
    property string widths: "fit"

    readonly property int headHeight: 68
    readonly property int stepHeight: 54
    readonly property int mixtureHeight: Math.max(64, Math.round(root.height * 0.22))
    readonly property int rateHeight: Math.max(48, root.height - root.headHeight - 2 * root.stepHeight - root.mixtureHeight - Theme.gap24)
    readonly property int narrowest: root.widths === "time" ? 4 : 92
    readonly property real room: flick.width - root.plans.phases.count * root.narrowest

    function phaseWidth(weight: real): real {
        const count = root.plans.phases.count;
        if (root.widths === "even" || root.room <= 0)
            return Math.max(root.narrowest, flick.width / Math.max(1, count));
        return root.narrowest + root.room * weight;
    }

    activeFocusOnTab: true
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Phases")
    Accessible.focusable: true
    Keys.onPressed: event => {
        const by = event.key === Qt.Key_Left ? -1 : event.key === Qt.Key_Right ? 1 : 0;
        event.accepted = by !== 0 || event.key === Qt.Key_Delete;
        if (event.key === Qt.Key_Delete)
            root.plans.removePhase();
        else if (by !== 0 && event.modifiers & Qt.ControlModifier)
            root.plans.movePhase(by);
        else if (by !== 0)
            root.plans.phase = root.plans.phase + by;
    }

    Column {
        id: labels

        x: Theme.panelPadding
        y: Theme.gap8
        Item {
            width: 1
            height: root.headHeight - Theme.gap8
            Label {
                text: qsTr("Start after")
                size: Theme.captionSize
                color: Theme.colors.secondary
            }
            LaneLabel {
                y: 22
                title: qsTr("Phase")
                detail: root.plans.summary
            }
        }
        LaneLabel {
            height: root.rateHeight
            title: qsTr("Learning rate")
            detail: root.plans.rateRange
        }
        LaneLabel {
            height: root.stepHeight
            title: qsTr("Guidance drop")
            detail: qsTr("of captions")
        }
        LaneLabel {
            height: root.stepHeight
            title: qsTr("Gamma")
            detail: qsTr("Min-SNR")
        }
        LaneLabel {
            title: qsTr("Mixture")
            detail: qsTr("share of images")
        }
    }
    Flickable {
        id: flick

        anchors { left: parent.left; leftMargin: Theme.planLanes; right: parent.right; top: parent.top; bottom: parent.bottom }
        contentWidth: row.width
        boundsBehavior: Flickable.StopAtBounds
        clip: true
        T.ScrollBar.horizontal: ScrollBar {}
        Row {
            id: row

            height: flick.height
            Repeater {
                id: columns

                model: root.plans.phases
                PhaseColumn {
                    id: column

                    width: root.phaseWidth(column.weight)
                    height: row.height
                    chosen: root.plans.phase === column.index
                    previousDropout: column.index > 0 ? (columns.itemAt(column.index - 1) as PhaseColumn)?.dropout ?? column.dropout : column.dropout
                    previousGamma: column.index > 0 ? (columns.itemAt(column.index - 1) as PhaseColumn)?.gamma ?? column.gamma : column.gamma
                    headHeight: root.headHeight
                    rateHeight: root.rateHeight
                    stepHeight: root.stepHeight
                    mixtureHeight: root.mixtureHeight
                    onTapped: {
                        root.forceActiveFocus(Qt.MouseFocusReason);
                        root.plans.phase = column.index;
                    }
                    onDropped: by => root.plans.movePhase(by)
                }
            }
        }
    }
    Rectangle {
        anchors { fill: parent; margins: 1 }
        color: "transparent"
        visible: root.activeFocus
        FocusRing { shown: root.activeFocus; radius: 0 }
    }
    Separator { anchors { left: parent.left; right: parent.right; bottom: parent.bottom } }
}
