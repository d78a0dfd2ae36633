// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// Opens the menu of a rule, which is made only then: there may be many rules.
IconButton {
    id: root

    required property FilterValues filter
    property bool shown: false
    readonly property FilterMenu menu: loader.item as FilterMenu

    side: Theme.compactControl
    opacity: root.shown || root.activeFocus || (root.menu && root.menu.visible) ? 1 : 0
    iconName: "settings"
    iconSize: Theme.smallIcon
    text: qsTr("More about the rule %1").arg(root.filter.title)
    onClicked: {
        loader.active = true;
        root.menu.popup(root, 0, root.height);
    }

    Loader {
        id: loader

        active: false
        // A Loader of Qt 6.4 cannot make a bound component, which qmllint asks for.
        // qmllint disable unqualified
        sourceComponent: FilterMenu { filter: root.filter }
        // qmllint enable unqualified
    }
}
