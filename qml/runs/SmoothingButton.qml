// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.RunModels

/// The key of the smoothed line; opens how much it is smoothed.
T.Button {
    id: root

    required property RunViewModel run

    implicitWidth: key.implicitWidth + Theme.gap4 + Theme.tinyIcon
    implicitHeight: Theme.compactControl
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: qsTr("Smoothing")
    Accessible.description: qsTr("How much the smoothed lines are smoothed")
    Keys.onReturnPressed: root.clicked()
    onClicked: panel.opened ? panel.close() : panel.open()

    LegendKey {
        id: key

        anchors.verticalCenter: parent.verticalCenter
        kind: "line"
        text: qsTr("smoothed")
        ink: Theme.seriesColor(root.run.seriesIndex)
    }
    Icon {
        anchors { right: parent.right; verticalCenter: parent.verticalCenter }
        icon: "chevron-down"
        size: Theme.tinyIcon
        color: root.hovered ? Theme.colors.text : Theme.colors.secondary
    }
    FocusRing { shown: root.visualFocus }
    Tooltip { text: qsTr("Weight of what was before in the smoothed line, as TensorBoard has it: 0 is none"); shown: root.hovered && !panel.opened }

    T.Popup {
        id: panel

        y: root.height + Theme.gap4
        width: 260
        height: Theme.formRow + 2 * Theme.gap8
        padding: Theme.gap8
        focus: true
        closePolicy: T.Popup.CloseOnEscape | T.Popup.CloseOnPressOutsideParent
        background: PopupBackground {}
        Row {
            spacing: Theme.gap12
            Slider {
                width: 188
                focus: true
                label: qsTr("Smoothing")
                from: 0
                to: 0.995
                stepSize: 0.005
                value: root.run.smoothing
                onMoved: root.run.smoothing = value
                onResetAsked: root.run.smoothing = 0.95
            }
            Label {
                anchors.verticalCenter: parent.verticalCenter
                text: Format.number(root.run.smoothing, 3)
            }
        }
    }
}
