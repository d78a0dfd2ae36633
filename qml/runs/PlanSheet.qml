// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
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
        SheetHead {
            title: qsTr("Plan of %1 against %2").arg(root.name).arg(root.overlays.comparedName)
            onCloseAsked: root.close()
        }
        DifferenceList {
            id: list

            Layout.fillWidth: true
            Layout.fillHeight: true
            model: root.overlays.differences
            change: true
        }
    }
}
