// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme

/// What stands in the middle of a button, side by side: as wide as it wants to be, no wider than there is room for.
Item {
    id: root

    default property alias cells: row.data
    property alias spacing: row.spacing

    implicitWidth: row.implicitWidth
    implicitHeight: row.implicitHeight

    RowLayout {
        id: row

        anchors.centerIn: parent
        width: Math.min(row.implicitWidth, root.width)
        spacing: Theme.gap8
    }
}
