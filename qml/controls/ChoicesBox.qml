// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// Several of a list: opens a list of check marks that stays open. `chosen` is never changed here: `toggled` asks the owner to.
T.Button {
    id: root

    property string label
    property string help
    property string placeholder
    required property list<string> choices
    required property list<bool> chosen

    signal toggled(int index, bool on)

    implicitWidth: 160
    implicitHeight: Theme.control
    leftPadding: Theme.fieldPadding + 1
    rightPadding: Theme.fieldPadding + Theme.buttonIcon
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: root.label
    Accessible.description: root.text
    onClicked: list.opened ? list.close() : list.open()
    Keys.onDownPressed: list.open()
    Keys.onReturnPressed: list.open()
    Keys.onEnterPressed: list.open()

    contentItem: Label {
        text: root.text.length > 0 ? root.text : root.placeholder
        color: root.text.length > 0 ? Theme.colors.text : Theme.colors.secondary
    }
    Icon {
        x: root.width - width - Theme.fieldPadding
        anchors.verticalCenter: parent.verticalCenter
        icon: "chevron-down"
        size: Theme.smallIcon
    }
    background: FieldBackground {
        hovered: root.hovered
        focused: root.visualFocus || list.visible
    }
    T.Popup {
        id: list

        y: root.height + Theme.gap4
        width: Math.max(root.width, 200)
        implicitHeight: Math.min(rows.contentHeight + topPadding + bottomPadding, 320)
        padding: Theme.gap4
        margins: Theme.gap8
        focus: true
        onOpened: rows.forceActiveFocus(Qt.PopupFocusReason)
        background: PopupBackground {}

        ListView {
            id: rows

            anchors.fill: parent
            clip: true
            model: root.choices.length  // not the list itself: a new one, with the same words, would begin at its top again
            boundsBehavior: Flickable.StopAtBounds
            T.ScrollBar.vertical: ScrollBar {}
            delegate: MenuRow {
                id: row

                required property int index

                width: rows.width
                text: root.choices[row.index] ?? ""
                iconName: row.current ? "ok" : "blank"
                current: root.chosen[row.index] ?? false
                highlighted: rows.activeFocus && ListView.isCurrentItem
                Accessible.checked: row.current
                Keys.onReturnPressed: list.close()
                Keys.onEnterPressed: list.close()
                onTriggered: root.toggled(row.index, !row.current)
            }
        }
    }
    Tooltip { text: root.help; shown: root.hovered && !list.visible }
}
