// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.RunModels

/// A point that was clicked: its values, the save nearest to it, what it was trained on, the samples drawn last before it, and what the
/// journal says there.
Rectangle {
    id: root

    required property RunViewModel run
    required property real maximumHeight
    readonly property runPoint point: root.run.pick.point

    width: 296
    height: Math.min(root.maximumHeight, column.implicitHeight + 2 * Theme.gap12)
    radius: Theme.radius
    color: Theme.colors.tooltip
    border.width: 1
    border.color: Theme.colors.separator
    Accessible.role: Accessible.Grouping
    Accessible.name: qsTr("Step %1").arg(Format.count(root.point.step))

    Flickable {
        anchors { fill: parent; margins: Theme.gap12 }
        contentHeight: column.implicitHeight
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ScrollBar {}
        ColumnLayout {
            id: column

            width: parent.width - Theme.gap8  // beside the scroll bar
            spacing: Theme.gap6
            RowLayout {
                spacing: Theme.gap8
                Label {
                    Layout.fillWidth: true
                    text: qsTr("Step %1").arg(Format.count(root.point.step))
                    size: Theme.titleSize
                    weight: Theme.strong
                }
                IconButton {
                    side: Theme.compactControl
                    iconName: "close"
                    iconSize: Theme.smallIcon
                    text: qsTr("Close")
                    onClicked: root.run.pick.close()
                }
            }
            Label {
                Layout.fillWidth: true
                text: qsTr("epoch %1, loss %2, raw %3, rate %4, norm %5").arg(Format.number(root.point.epoch, 2)).arg(Format.number(root.point.loss, 4))
                    .arg(Format.number(root.point.rawLoss, 4)).arg(Format.figure(root.point.learningRate)).arg(Format.figure(root.point.gradientNorm))
                    + (root.point.skipped ? qsTr(", skipped") : "")
                size: Theme.captionSize
                color: Theme.colors.secondary
                wrapMode: Text.Wrap
            }
            RowLayout {
                spacing: Theme.gap8
                Label {
                    Layout.fillWidth: true
                    text: root.point.nearestSave >= 0 ? qsTr("Nearest save: step %1").arg(Format.count(root.point.nearestSave)) : qsTr("Nothing is saved yet")
                }
                Button {
                    implicitHeight: Theme.compactControl
                    visible: root.point.nearestSave >= 0
                    enabled: root.run.canBranch
                    text: qsTr("Branch")
                    iconName: "branch"
                    help: qsTr("Makes a plan that goes on from this save")
                    onClicked: root.run.branch(root.point.step)
                }
            }
            BatchPictures {
                Layout.fillWidth: true
                batch: root.run.pick.batch
            }
            Label {
                visible: root.run.pick.sampleStep >= 0
                text: qsTr("Samples of step %1").arg(Format.count(root.run.pick.sampleStep))
            }
            Row {
                visible: root.run.pick.sampleStep >= 0
                spacing: Theme.gap4
                Repeater {
                    model: root.run.pick.samples
                    Image {
                        required property int index
                        required property url imageUrl
                        required property string category

                        width: 40
                        height: 40
                        visible: index < 6
                        asynchronous: true
                        source: imageUrl
                        sourceSize { width: 80; height: 80 }
                        fillMode: Image.PreserveAspectCrop
                        Accessible.role: Accessible.Graphic
                        Accessible.name: category
                    }
                }
            }
            Button {
                visible: root.run.pick.sampleStep >= 0
                implicitHeight: Theme.compactControl
                text: qsTr("Show these samples")
                help: qsTr("Below, at their step")
                onClicked: root.run.samples.showStepAt(root.run.pick.sampleStep)
            }
            Label {
                visible: root.run.pick.journal.count > 0
                text: qsTr("Journal")
            }
            Repeater {
                model: root.run.pick.journal
                RowLayout {
                    id: entry

                    required property string kind
                    required property string text
                    required property double step

                    Layout.fillWidth: true
                    spacing: Theme.gap6
                    StateIcon {
                        Layout.alignment: Qt.AlignTop
                        kind: entry.kind
                        size: Theme.tinyIcon
                    }
                    Label {
                        Layout.fillWidth: true
                        text: entry.text
                        size: Theme.captionSize
                        color: Theme.colors.secondary
                        wrapMode: Text.Wrap
                    }
                }
            }
        }
    }
}
