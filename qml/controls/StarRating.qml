// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.Theme

/// 0 to 5 stars: a click, 1 to 5, 0, Left and Right. `rating` is never changed here: `rated` asks the owner to.
Row {
    id: root

    property int rating: 0
    property color ink: Theme.colors.text

    signal rated(int stars)

    spacing: 1
    activeFocusOnTab: true
    Accessible.role: Accessible.Slider
    Accessible.name: qsTr("%1 of 5 stars").arg(root.rating)
    Accessible.focusable: true
    Accessible.onIncreaseAction: root.rated(Math.min(5, root.rating + 1))
    Accessible.onDecreaseAction: root.rated(Math.max(0, root.rating - 1))
    Keys.onLeftPressed: root.rated(Math.max(0, root.rating - 1))
    Keys.onRightPressed: root.rated(Math.min(5, root.rating + 1))
    Keys.onPressed: event => {
        event.accepted = event.key >= Qt.Key_0 && event.key <= Qt.Key_5;
        if (event.accepted)
            root.rated(event.key - Qt.Key_0);
    }

    Repeater {
        model: 5
        Icon {
            id: star

            required property int index

            icon: star.index < root.rating ? "star-filled" : "star"
            size: 10
            color: root.activeFocus ? Theme.colors.accentText : star.index < root.rating ? root.ink : Theme.colors.secondary
            TapHandler {
                // A click on the last star takes all away.
                onTapped: root.rated(root.rating === star.index + 1 ? 0 : star.index + 1)
            }
        }
    }
}
