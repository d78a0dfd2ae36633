// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// Rules that the columns of the source allow.
T.Popup {
    id: root

    required property NewRuleModel rules

    signal chosen(string key)

    width: 260
    implicitHeight: Math.min(rows.contentHeight + topPadding + bottomPadding, 420)
    padding: Theme.gap4
    margins: Theme.gap8
    focus: true
    onOpened: rows.forceActiveFocus(Qt.PopupFocusReason)
    background: PopupBackground {}

    ListView {
        id: rows

        anchors.fill: parent
        clip: true
        model: root.rules
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ScrollBar {}
        delegate: MenuRow {
            id: row

            required property string key
            required property string title

            width: rows.width
            text: row.title
            highlighted: rows.activeFocus && ListView.isCurrentItem
            onTriggered: {
                root.chosen(row.key);
                root.close();
            }
            Keys.onReturnPressed: row.triggered()
        }
    }
}
