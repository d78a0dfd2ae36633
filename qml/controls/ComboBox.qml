// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// A choice from a list; `detailRole` names the role that stands in secondary at the right of each row.
T.ComboBox {
    id: root

    property string label
    property string help
    property string detailRole

    implicitWidth: 160
    implicitHeight: Theme.control
    leftPadding: Theme.fieldPadding + 1
    rightPadding: Theme.fieldPadding + Theme.buttonIcon
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    wheelEnabled: root.activeFocus
    Accessible.name: root.label
    Accessible.description: root.help

    contentItem: Label {
        text: root.displayText
        color: root.enabled ? Theme.colors.text : Theme.colors.disabled
    }
    indicator: Icon {
        x: root.width - width - Theme.fieldPadding
        y: (root.height - height) / 2
        icon: "chevron-down"
        size: Theme.smallIcon
    }
    background: FieldBackground {
        hovered: root.hovered
        focused: root.visualFocus || root.popup.visible
    }
    delegate: MenuRow {
        id: row

        required property int index
        required property var model

        width: ListView.view ? ListView.view.width : root.width
        text: root.textRole.length > 0 ? row.model[root.textRole] : row.model.modelData
        detail: root.detailRole.length > 0 ? row.model[root.detailRole] : ""
        current: root.currentIndex === row.index
        highlighted: root.highlightedIndex === row.index
    }
    popup: T.Popup {
        y: root.height + Theme.gap4
        width: Math.max(root.width, 200)
        implicitHeight: Math.min(implicitContentHeight + topPadding + bottomPadding, 320)
        padding: Theme.gap4
        margins: Theme.gap8
        contentItem: ListView {
            implicitHeight: contentHeight
            clip: true
            model: root.popup.visible ? root.delegateModel : null
            currentIndex: root.highlightedIndex
            boundsBehavior: Flickable.StopAtBounds
            T.ScrollBar.vertical: ScrollBar {}
        }
        background: PopupBackground {}
    }
    Tooltip { text: root.help; shown: root.hovered && !root.popup.visible }
}
