// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme

/// A button with words, and an icon or a key where there is one.
T.Button {
    id: root

    enum Kind { Secondary, Primary, Ghost }

    property int kind: Button.Secondary
    property string iconName
    /// The key that does the same: shown at the right.
    property string keys
    property string help

    readonly property bool primary: root.kind === Button.Primary
    readonly property color ink: !root.enabled ? Theme.colors.disabled : root.primary ? Theme.colors.accentContrast : Theme.colors.text

    function fill(): color {
        if (root.primary)
            return !root.enabled ? Theme.colors.field : root.down ? Theme.colors.accentPressed : root.hovered ? Theme.colors.accentHover : Theme.colors.accent;
        if (root.kind === Button.Ghost)
            return root.down ? Theme.colors.fieldPressed : root.hovered ? Theme.colors.fieldHover : "transparent";
        return root.down ? Theme.colors.fieldPressed : root.hovered ? Theme.colors.fieldHover : Theme.colors.field;
    }

    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: root.primary ? Theme.primaryControl : Theme.control
    leftPadding: root.kind === Button.Ghost ? Theme.gap8 : Theme.gap12
    rightPadding: root.keys.length > 0 && !root.primary ? Theme.gap6 : root.leftPadding
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: root.text
    Accessible.description: root.help
    Keys.onReturnPressed: root.clicked()
    Keys.onEnterPressed: root.clicked()

    contentItem: CenteredRow {
        Icon {
            visible: root.iconName.length > 0
            icon: root.iconName
            color: root.ink
        }
        Label {
            Layout.fillWidth: true
            visible: root.display !== T.AbstractButton.IconOnly
            text: root.text
            color: root.ink
            size: root.primary ? Theme.titleSize : Theme.bodySize
            weight: root.primary ? Theme.strong : Theme.medium
            horizontalAlignment: Text.AlignHCenter
        }
        KeyHint {
            visible: root.keys.length > 0 && !root.primary
            keys: root.keys
        }
    }
    background: Rectangle {
        color: root.fill()
        radius: Theme.radius
        border.width: root.kind === Button.Secondary ? 1 : 0
        border.color: Theme.colors.fieldBorder
        Behavior on color { ColorAnimation { duration: Theme.hoverTime } }
        FocusRing { shown: root.visualFocus }
    }
    KeyHint {
        visible: root.primary && root.keys.length > 0
        anchors { right: parent.right; rightMargin: root.rightPadding; verticalCenter: parent.verticalCenter }
        flat: true
        keys: root.keys
        ink: root.ink
    }
    Tooltip {
        text: root.display === T.AbstractButton.IconOnly ? root.text + (root.help.length > 0 ? "\n" + root.help : "") : root.help
        shown: root.hovered
    }
}
