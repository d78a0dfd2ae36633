// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.RunModels

/// Where the run stands, in figures.
Item {
    id: root

    required property RunViewModel run
    readonly property string save: isNaN(root.run.lastSaveSecondsAgo) ? "" : Format.ago(root.run.lastSaveSecondsAgo)

    implicitHeight: Theme.stats

    RowLayout {
        anchors { fill: parent; leftMargin: Theme.panelPadding; rightMargin: Theme.panelPadding }
        spacing: Theme.gap16

        PhaseStrip {
            Layout.fillWidth: true
            Layout.minimumWidth: 160
            Layout.maximumWidth: 392
            run: root.run
        }
        StatBlock {
            visible: root.run.phaseCount > 1
            title: qsTr("Phase ends in")
            figure: Format.durationFigure(root.run.phaseSecondsLeft)
            unit: Format.durationUnit(root.run.phaseSecondsLeft)
        }
        StatBlock {
            title: root.run.phaseCount > 1 ? qsTr("All %n phases in", "", root.run.phaseCount) : qsTr("Ends in")
            figure: Format.durationFigure(root.run.secondsLeft)
            unit: Format.durationUnit(root.run.secondsLeft)
        }
        StatBlock {
            title: qsTr("Loss, smoothed")
            figure: Format.number(root.run.loss, 4)
        }
        StatBlock {
            title: qsTr("Speed")
            figure: Format.number(root.run.imagesPerSecond, 1)
            unit: qsTr("images/s")
        }
        StatBlock {
            visible: root.width > 820
            title: qsTr("Waits for data")
            figure: Format.number(root.run.dataWaitMs, 1)
            unit: qsTr("ms a step")
        }
        StatBlock {
            visible: root.width > 700
            title: qsTr("Last save")
            figure: root.save.indexOf(" ") > 0 && root.save[0] >= "0" && root.save[0] <= "9" ? root.save.split(" ")[0] : root.save
            unit: root.save[0] >= "0" && root.save[0] <= "9" ? root.save.slice(root.save.indexOf(" ") + 1) : ""
        }
        Item { Layout.fillWidth: true }
    }
}
