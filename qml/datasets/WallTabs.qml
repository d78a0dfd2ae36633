// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// The views of the wall: Left and Right go through them.
FocusScope {
    id: root

    required property DatasetsViewModel datasets
    readonly property list<string> keys: ["kept", "dropped", "only", "edge"]

    function step(by: int): void {
        const next = root.keys.indexOf(root.datasets.view) + by;
        if (next >= 0 && next < root.keys.length)
            root.datasets.view = root.keys[next];
    }

    activeFocusOnTab: true
    clip: true
    Accessible.role: Accessible.PageTabList
    Accessible.name: qsTr("Views of the wall")
    Accessible.focusable: true
    Keys.onLeftPressed: root.step(-1)
    Keys.onRightPressed: root.step(1)

    Row {
        x: Theme.gap4
        height: parent.height
        Repeater {
            model: [{ "key": "kept", "name": qsTr("Kept"), "help": qsTr("Rows that every rule keeps") },
                { "key": "dropped", "name": qsTr("Dropped"), "help": qsTr("Rows that a rule drops") },
                { "key": "only", "name": root.width > 520 ? qsTr("Dropped only by this rule") : qsTr("Only this rule"), "help": qsTr("Rows that would come back without the rule in focus") },
                { "key": "edge", "name": qsTr("At the edge"), "help": qsTr("Just above and just below the threshold of the rule in focus") }]
            Item {
                id: tab

                required property var modelData
                readonly property bool current: root.datasets.view === tab.modelData.key
                readonly property string countText: tab.modelData.key === "kept" ? root.datasets.keptText : tab.modelData.key === "dropped" ? root.datasets.droppedText
                                                  : tab.modelData.key === "only" ? root.datasets.onlyText : ""

                width: words.width + 2 * Theme.gap12
                height: parent.height
                Accessible.role: Accessible.PageTab
                Accessible.name: tab.modelData.name
                Accessible.description: tab.countText
                Accessible.selected: tab.current
                Accessible.onPressAction: root.datasets.view = tab.modelData.key
                Row {
                    id: words

                    anchors.centerIn: parent
                    spacing: Theme.gap8
                    Label {
                        text: tab.modelData.name
                        weight: tab.current ? Theme.strong : Theme.regular
                        color: tab.current || pointer.hovered ? Theme.colors.text : Theme.colors.secondary
                    }
                    Label {
                        visible: tab.countText.length > 0
                        text: tab.countText
                        color: tab.current ? Theme.colors.text : Theme.colors.secondary
                    }
                }
                Rectangle {
                    visible: tab.current
                    anchors { left: parent.left; right: parent.right; bottom: parent.bottom; leftMargin: Theme.gap4; rightMargin: Theme.gap4 }
                    height: 2
                    color: Theme.colors.accent
                }
                HoverHandler { id: pointer }
                TapHandler {
                    onTapped: {
                        root.forceActiveFocus(Qt.MouseFocusReason);
                        root.datasets.view = tab.modelData.key;
                    }
                }
                Tooltip { text: tab.modelData.help; shown: pointer.hovered }
            }
        }
    }
    FocusRing {
        anchors.margins: 4
        shown: root.activeFocus
    }
}
