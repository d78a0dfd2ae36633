// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// The way in, once: make a picture, train the demo, curate its pictures.
Rectangle {
    id: root

    required property int current
    required property bool canMake

    signal makeAsked
    signal demoAsked
    signal curateAsked
    signal closed

    implicitHeight: column.implicitHeight
    radius: Theme.radius
    color: Theme.colors.surface

    ColumnLayout {
        id: column

        width: parent.width
        spacing: 0

        RowLayout {
            Layout.fillWidth: true
            Layout.leftMargin: Theme.gap16
            Layout.rightMargin: Theme.gap8
            Layout.preferredHeight: Theme.header
            spacing: Theme.gap12
            Label {
                text: qsTr("Three first steps")
                size: Theme.titleSize
                weight: Theme.strong
            }
            Label {
                Layout.fillWidth: true
                text: qsTr("Everything below works offline, on this computer.")
                color: Theme.colors.secondary
            }
            IconButton {
                side: Theme.compactControl
                iconName: "close"
                iconSize: Theme.smallIcon
                text: qsTr("Do not show this again")
                onClicked: root.closed()
            }
        }
        Separator { Layout.fillWidth: true }
        RowLayout {
            Layout.fillWidth: true
            spacing: 0
            FirstStepCard {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                number: 1
                current: root.current === 1
                done: root.current > 1
                title: qsTr("Make an image")
                time: qsTr("3 s")
                text: qsTr("The pocket model is built in and ready. Change the words on the left if you like.")
                action: qsTr("Make this picture")
                actionIcon: "generate"
                keys: "Ctrl+Return"
                ready: root.canMake
                onActed: root.makeAsked()
            }
            Separator { Layout.fillHeight: true }
            FirstStepCard {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                number: 2
                current: root.current === 2
                done: root.current > 2
                title: qsTr("Train the demo")
                time: qsTr("3 min")
                text: qsTr("Teach a small model 700 drawings and watch it learn, picture by picture.")
                action: qsTr("Train the demo")
                actionIcon: "runs"
                onActed: root.demoAsked()
            }
            Separator { Layout.fillHeight: true }
            FirstStepCard {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                number: 3
                current: root.current === 3
                done: root.current > 3
                title: qsTr("Curate the demo data")
                time: qsTr("2 min")
                text: qsTr("Drag a threshold and see, picture by picture, what a training set loses.")
                action: qsTr("Curate the demo data")
                actionIcon: "datasets"
                onActed: root.curateAsked()
            }
        }
    }
}
