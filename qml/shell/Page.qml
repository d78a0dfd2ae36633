// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// A place for a page: made when it is first opened, kept from then on, faded in.
Loader {
    id: root

    property bool current: false
    property bool seen: false

    active: root.seen
    visible: opacity > 0
    enabled: root.current
    focus: root.current
    opacity: root.current ? 1 : 0

    onCurrentChanged: {
        root.seen = root.seen || root.current;
        if (root.current)
            root.forceActiveFocus();
    }
    Component.onCompleted: root.seen = root.current

    Behavior on opacity {
        enabled: root.current
        NumberAnimation { duration: Theme.pageTime; easing.type: Easing.OutCubic }
    }
}
