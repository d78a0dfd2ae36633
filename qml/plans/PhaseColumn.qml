// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// One phase on the timeline. Dragged sideways, it goes to another place.
Item {
    id: root

    required property int index
    required property string name
    required property string epochsText
    required property string startText
    required property double weight
    required property var rate
    required property string rateText
    required property double dropout
    required property string dropoutText
    required property double gamma
    required property string gammaText
    required property list<string> sourceNames
    required property list<double> sourceShares
    required property list<int> sourceColors
    required property int problems
    required property bool chosen
    required property double previousDropout
    required property double previousGamma
    required property int headHeight
    required property int rateHeight
    required property int stepHeight
    required property int mixtureHeight

    signal tapped
    /// Moved by so many places.
    signal dropped(int by)

    z: drag.active ? 1 : 0
    Accessible.role: Accessible.ListItem
    Accessible.name: qsTr("Phase %1, %2, %3").arg(root.index + 1).arg(root.name).arg(root.epochsText)
    Accessible.selected: root.chosen

    Rectangle {
        anchors { fill: parent; leftMargin: 1 }
        color: drag.active ? Theme.colors.fieldHover : root.chosen ? Theme.colors.accentSoft : pointer.hovered ? Theme.colors.rowHover : "transparent"
        opacity: root.chosen && !drag.active ? 0.45 : 1
    }
    Rectangle {
        width: parent.width
        height: 2
        visible: root.chosen
        color: Theme.colors.accent
    }
    Separator {
        anchors { left: parent.left; top: parent.top; bottom: parent.bottom }
    }
    Column {
        anchors { left: parent.left; right: parent.right; leftMargin: Theme.gap6; rightMargin: Theme.gap4 }
        y: Theme.gap8
        Label {
            width: parent.width
            text: root.startText
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
        Row {
            width: parent.width
            topPadding: Theme.gap4
            spacing: Theme.gap4
            Label {
                id: number

                text: root.index + 1
                color: Theme.colors.secondary
            }
            Label {
                width: Math.min(implicitWidth, parent.width - number.width - (mark.visible ? mark.width : 0) - 2 * parent.spacing)
                text: root.name
                weight: root.chosen ? Theme.strong : Theme.medium
            }
            Icon {
                id: mark

                anchors.verticalCenter: number.verticalCenter
                visible: root.problems > 0
                icon: "warning"
                size: Theme.smallIcon
                color: Theme.colors.warning
            }
        }
        Label {
            width: parent.width
            text: root.epochsText
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    RateCurve {
        y: root.headHeight
        width: parent.width
        height: root.rateHeight - Theme.gap8
        points: root.rate
        strong: root.chosen
        text: root.rateText
    }
    StepLine {
        y: root.headHeight + root.rateHeight
        width: parent.width
        height: root.stepHeight
        level: root.dropout
        previous: root.previousDropout
        text: root.dropoutText
        color: Theme.seriesColor(1)
        strong: root.chosen
    }
    StepLine {
        y: root.headHeight + root.rateHeight + root.stepHeight
        width: parent.width
        height: root.stepHeight
        level: root.gamma
        previous: root.previousGamma
        text: root.gammaText
        color: Theme.seriesColor(2)
        strong: root.chosen
    }
    Column {
        x: 1
        y: root.headHeight + root.rateHeight + 2 * root.stepHeight + Theme.gap4
        width: parent.width - 1
        Repeater {
            model: root.sourceShares.length
            Rectangle {
                id: band

                required property int index

                width: parent.width
                height: Math.max(1, Math.round((root.mixtureHeight - Theme.gap8) * root.sourceShares[band.index]))
                color: Theme.bandColor(root.sourceColors[band.index])
                Label {
                    anchors { left: parent.left; right: parent.right; leftMargin: Theme.gap6; rightMargin: Theme.gap4; verticalCenter: parent.verticalCenter }
                    visible: parent.height >= 14
                    text: root.sourceNames[band.index]
                    size: Theme.captionSize
                    weight: Theme.medium
                    color: Theme.colors.bandText
                }
                Rectangle {
                    anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
                    height: 1
                    color: Theme.colors.surface
                    visible: band.index + 1 < root.sourceShares.length
                }
                HoverHandler { id: onBand }
                Tooltip { text: root.sourceNames[band.index]; shown: onBand.hovered }
            }
        }
    }
    HoverHandler { id: pointer }
    TapHandler { onTapped: root.tapped() }
    DragHandler {
        id: drag

        target: root
        yAxis.enabled: false
        property real from: 0
        onActiveChanged: {
            const by = Math.round((root.x - drag.from) / root.width);
            if (active) {
                drag.from = root.x;
                root.tapped();
            } else {
                // The row lays itself out anew only when its order changes.
                root.x = drag.from;
                root.dropped(by);
            }
        }
    }
}
