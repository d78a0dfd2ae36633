// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// Near-duplicates as clusters: the picture that stays at the left, the others beside it.
Sheet {
    id: root

    required property DatasetsViewModel datasets
    readonly property DuplicateGroups duplicates: root.datasets.duplicates

    modal: true
    anchors.centerIn: parent
    width: Math.min(960, parent ? parent.width - 96 : 960)
    height: Math.min(680, parent ? parent.height - 96 : 680)
    padding: Theme.gap24
    onOpened: list.forceActiveFocus()

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.gap12
        SheetHead {
            title: qsTr("Duplicates")
            spacing: Theme.gap8
            onCloseAsked: root.close()
            Label {
                Layout.fillWidth: true
                text: root.duplicates.text
                color: Theme.colors.secondary
            }
        }
        RowLayout {
            spacing: Theme.gap8
            Label {
                text: qsTr("Keep")
                color: Theme.colors.secondary
            }
            SegmentedControl {
                label: qsTr("Which one stays")
                current: root.duplicates.keep
                onChosen: key => root.duplicates.keep = key
                Segment { key: "largest"; text: qsTr("Largest"); help: qsTr("The one with the most pixels") }
                Segment { key: "aesthetic"; text: qsTr("Best score"); help: qsTr("The one with the highest aesthetic score") }
                Segment { key: "first"; text: qsTr("First"); help: qsTr("The one that comes first") }
            }
            Label {
                Layout.leftMargin: Theme.gap8
                text: qsTr("Distance")
                color: Theme.colors.secondary
            }
            NumberField {
                Layout.preferredWidth: 86
                label: qsTr("Distance")
                help: qsTr("Bits of 64 in which the perceptual hashes of two pictures may differ")
                value: root.duplicates.distance
                from: 0
                to: 11
                unit: qsTr("bits")
                onEdited: value => root.duplicates.distance = value
            }
            Item { Layout.fillWidth: true }
            Button {
                visible: root.duplicates.groups.count > 0
                kind: Button.Ghost
                text: qsTr("Keep all")
                help: qsTr("Forgets what was found: nothing is left out as a duplicate")
                onClicked: root.duplicates.keepAll()
            }
            Button {
                text: root.duplicates.searching ? qsTr("Stop") : qsTr("Look for duplicates")
                iconName: root.duplicates.searching ? "stop" : "search"
                help: root.duplicates.canSearch ? qsTr("Compares the pictures of the shards; the Arrow stage leaves out what is found") : qsTr("There are no shards yet")
                enabled: root.duplicates.searching || root.duplicates.canSearch
                onClicked: root.duplicates.searching ? root.duplicates.stop() : root.duplicates.search()
            }
        }
        Separator { Layout.fillWidth: true }
        ListView {
            id: list

            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            model: root.duplicates.groups
            boundsBehavior: Flickable.StopAtBounds
            activeFocusOnTab: true
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Groups of duplicates")
            T.ScrollBar.vertical: ScrollBar {}
            delegate: DuplicateRow { width: list.width }
            EmptyState {
                anchors.centerIn: parent
                width: 380
                visible: list.count === 0 && !root.duplicates.searching
                iconName: "datasets"
                title: qsTr("No duplicates are known")
                text: root.duplicates.canSearch ? qsTr("Pictures that are nearly the same train a model twice on one thing. The search looks at every shard.")
                                                : qsTr("They are looked for among shards: run the stages up to Shards first.")
            }
        }
    }
}
