// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQml.Models
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// How old the pictures of the gallery may be.
Chip {
    id: root

    required property GalleryModel gallery
    readonly property list<string> keys: ["", "today", "week", "month", "year"]
    readonly property list<string> names: [qsTr("Any date"), qsTr("Today"), qsTr("Last 7 days"), qsTr("Last 30 days"), qsTr("This year")]

    text: root.names[root.keys.indexOf(root.gallery.period)]
    on: root.gallery.period.length > 0
    opensMenu: true
    open: menu.visible
    help: qsTr("Pictures of a time")
    onClicked: menu.open()
    ContextMenu {
        id: menu

        y: root.height + Theme.gap4
        implicitWidth: 160
        Instantiator {
            model: root.keys
            delegate: MenuRow {
                id: row

                required property int index
                required property string modelData

                text: root.names[row.index]
                current: root.gallery.period === row.modelData
                onTriggered: root.gallery.period = row.modelData
            }
            onObjectAdded: (index, object) => menu.insertItem(index, object as MenuRow)
            onObjectRemoved: (index, object) => menu.removeItem(object as MenuRow)
        }
    }
}
