// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import QtQuick.Dialogs
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Image to image: a picture that is dropped or chosen, how much of it is drawn anew, and its mask.
ColumnLayout {
    id: root

    required property StartPicture start
    required property LivePicture live
    readonly property bool chosen: String(root.start.url).length > 0

    spacing: Theme.gap4

    SectionHeader {
        Layout.fillWidth: true
        Layout.preferredHeight: Theme.compactControl
        title: qsTr("Start from an image")
        Label {
            text: !root.chosen ? qsTr("off") : root.start.masked ? qsTr("with a mask") : qsTr("on")
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    StartDrop {
        Layout.fillWidth: true
        visible: !root.chosen
        onBrowseAsked: files.open()
        onDropped: url => root.start.choose(url)
    }
    StartCard {
        Layout.fillWidth: true
        visible: root.chosen
        start: root.start
        onBrowseAsked: files.open()
    }
    Label {
        Layout.fillWidth: true
        visible: root.start.problem.length > 0
        text: root.start.problem
        wrapMode: Text.Wrap
        color: Theme.colors.error
    }
    ParameterRow {
        Layout.fillWidth: true
        visible: root.chosen
        label: qsTr("Strength")
        info: Parameters.info("strength")
        follower: root.live
        value: root.start.strength
        onEdited: newValue => root.start.strength = newValue
    }
    ParameterRow {
        Layout.fillWidth: true
        visible: root.chosen && root.start.masked
        label: qsTr("Edge")
        info: Parameters.info("mask_blur")
        unit: qsTr("px")
        sliderTo: 64
        follower: root.live
        value: root.start.maskBlur
        onEdited: newValue => root.start.maskBlur = newValue
    }
    FileDialog {
        id: files

        title: qsTr("Choose a picture to start from")
        nameFilters: [qsTr("Pictures (*.png *.jpg *.jpeg *.webp)"), qsTr("All files (*)")]
        onAccepted: root.start.choose(selectedFile)
    }
}
