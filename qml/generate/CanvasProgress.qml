// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import QtQuick.Dialogs
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// The line under the picture: how it is coming on; and when it is there, what it took and what can be done with it.
Column {
    id: root

    required property GenerateViewModel generate
    required property GalleryModel gallery
    /// The canvas shows one picture.
    required property bool single
    readonly property bool busy: root.generate.busy
    readonly property var imageId: root.generate.canvasImageId

    function timeLeft(): string {
        const one = Format.duration(root.generate.secondsLeft);
        const all = Format.duration(root.generate.secondsLeftAll);
        if (one.length === 0)
            return "";
        return root.generate.imageCount > 1 && all.length > 0 ? qsTr("%1 left, %2 for all").arg(one).arg(all) : qsTr("%1 left").arg(one);
    }

    spacing: Theme.gap4

    ProgressBar {
        width: parent.width
        opacity: root.busy ? 1 : 0
        label: root.generate.stageText
        indeterminate: root.busy && root.generate.step === 0
        value: root.generate.imageProgress
    }
    RowLayout {
        width: parent.width
        height: Theme.control + Theme.gap4
        spacing: Theme.gap16

        RowLayout {
            visible: root.busy || root.generate.resultText.length > 0
            spacing: Theme.gap8
            Rectangle {
                implicitWidth: 8
                implicitHeight: 8
                radius: 4
                visible: root.busy
                color: Theme.colors.accentText
            }
            Icon {
                visible: !root.busy && root.generate.resultText.length > 0
                icon: "ok"
                color: Theme.dark ? Theme.colors.ok : Theme.colors.canvasText
            }
            Label {
                text: root.busy ? root.generate.stageText : root.generate.resultText
                size: Theme.titleSize
                weight: Theme.strong
                color: Theme.colors.canvasText
            }
        }
        Label {
            visible: root.busy && root.generate.imageCount > 1
            text: qsTr("image %1 of %2").arg(root.generate.imageNumber).arg(root.generate.imageCount)
            color: Theme.colors.canvasSecondary
        }
        Label {
            visible: root.busy && !isNaN(root.generate.stepsPerSecond)
            text: qsTr("%1 steps/s").arg(Format.number(root.generate.stepsPerSecond, 1))
            color: Theme.colors.canvasSecondary
        }
        Label {
            visible: root.busy
            Layout.fillWidth: true
            text: root.timeLeft()
            color: Theme.colors.canvasSecondary
        }
        StarRating {
            visible: root.single && !root.busy && root.imageId > 0
            ink: Theme.colors.canvasText
            rating: root.gallery.matching >= 0 && root.imageId > 0 ? root.gallery.image(root.imageId).rating : 0
            onRated: stars => root.gallery.setRating(root.imageId, stars)
        }
        Item { Layout.fillWidth: true; visible: !root.busy }
        Button {
            visible: root.busy
            text: qsTr("Cancel")
            keys: "Esc"
            help: qsTr("Stops the picture that is being made, within one step")
            onClicked: root.generate.cancel()
        }
        Button {
            visible: root.single && !root.busy && root.imageId > 0
            text: qsTr("Use its settings")
            iconName: "restore"
            help: qsTr("Puts the prompt, seed and all settings of this picture back into the panel")
            onClicked: root.generate.restoreFrom(root.imageId)
        }
        Button {
            visible: root.single && !root.busy && root.imageId > 0
            text: qsTr("Use as start")
            iconName: "image"
            help: qsTr("The next picture starts from this one")
            onClicked: root.generate.useAsStart()
        }
        Button {
            visible: root.single && !root.busy && root.imageId > 0
            text: qsTr("Save as…")
            iconName: "export"
            help: qsTr("Copies this picture to a file of your own")
            onClicked: file.open()
        }
    }
    FileDialog {
        id: file

        title: qsTr("Save the picture")
        fileMode: FileDialog.SaveFile
        defaultSuffix: "png"
        nameFilters: [qsTr("PNG picture (*.png)")]
        onAccepted: root.generate.saveCanvasAs(selectedFile)
    }
}
