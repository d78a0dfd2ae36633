// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.RunModels

/// Every value that differs between the plans of two runs.
Sheet {
    id: root

    required property RunOverlays overlays
    required property string name

    modal: true
    anchors.centerIn: parent
    width: Math.min(760, parent ? parent.width - 96 : 760)
    height: Math.min(560, parent ? parent.height - 96 : 560)
    padding: Theme.gap24
    onOpened: list.forceActiveFocus()

    ColumnLayout {
        anchors.fill: parent
        spacing: Theme.gap12
        RowLayout {
            spacing: Theme.gap12
            Label {
                Layout.fillWidth: true
                text: qsTr("Plan of %1 against %2").arg(root.name).arg(root.overlays.comparedName)
                size: Theme.figureSize
                weight: Theme.strong
            }
            IconButton {
                iconName: "close"
                text: qsTr("Close")
                onClicked: root.close()
            }
        }
        ListView {
            id: list

            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            model: root.overlays.differences
            boundsBehavior: Flickable.StopAtBounds
            activeFocusOnTab: true
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Differences")
            T.ScrollBar.vertical: ScrollBar {}
            delegate: RowLayout {
                id: row

                required property string place
                required property string here
                required property string there

                width: ListView.view.width
                height: Theme.listRow
                spacing: Theme.gap12
                Label {
                    Layout.fillWidth: true
                    text: row.place
                    mono: true
                    size: Theme.captionSize
                }
                Label {
                    Layout.preferredWidth: 180
                    horizontalAlignment: Text.AlignRight
                    text: row.there
                    color: Theme.colors.secondary
                }
                Label { text: "→"; color: Theme.colors.secondary }
                Label {
                    Layout.preferredWidth: 180
                    horizontalAlignment: Text.AlignRight
                    text: row.here
                    weight: Theme.medium
                }
            }
        }
    }
}
