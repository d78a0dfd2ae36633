// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// A line of text to type.
T.TextField {
    id: root

    property string help
    property string label
    property bool mono: false
    property bool wrong: false
    property string unit

    implicitWidth: 120
    implicitHeight: Theme.control
    leftPadding: Theme.fieldPadding + 1
    rightPadding: root.unit.length > 0 ? unitLabel.implicitWidth + Theme.fieldPadding + Theme.gap6 : Theme.fieldPadding + 1
    verticalAlignment: TextInput.AlignVCenter
    font.family: root.mono ? Theme.monoFamily : Theme.family
    font.pixelSize: Theme.bodySize
    renderType: Text.NativeRendering
    color: root.enabled ? Theme.colors.text : Theme.colors.disabled
    selectionColor: Theme.colors.accentSoft
    selectedTextColor: Theme.colors.accentText
    placeholderTextColor: Theme.colors.secondary
    selectByMouse: true
    hoverEnabled: true
    Accessible.name: root.label
    Accessible.description: root.help

    background: FieldBackground {
        hovered: root.hovered
        focused: root.activeFocus
        wrong: root.wrong
    }
    Label {
        anchors.verticalCenter: parent.verticalCenter
        x: root.leftPadding
        width: root.width - root.leftPadding - root.rightPadding
        visible: root.length === 0 && root.preeditText.length === 0
        text: root.placeholderText
        color: root.placeholderTextColor
    }
    Label {
        id: unitLabel

        anchors.right: parent.right
        anchors.rightMargin: Theme.fieldPadding + 1
        anchors.verticalCenter: parent.verticalCenter
        visible: root.unit.length > 0
        text: root.unit
        color: Theme.colors.secondary
    }
    Tooltip { text: root.help; shown: root.hovered && !root.activeFocus }
}
