// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.RunModels

/// A sample in large, with that of another step beside the edge. Left and Right go through the steps, Up and Down through the prompts.
Sheet {
    id: root

    required property SampleGridModel grid
    property real wipe: 0.5
    readonly property bool wipes: root.grid.mode === SampleGridModel.Wipe

    modal: true
    anchors.centerIn: parent
    padding: Theme.gap16
    width: height - 80
    height: Math.min(760, parent ? parent.height - 64 : 760)
    onOpened: scope.forceActiveFocus()

    FocusScope {
        id: scope

        anchors.fill: parent
        focus: true
        Keys.onLeftPressed: root.grid.stepIndex -= 1
        Keys.onRightPressed: root.grid.stepIndex += 1
        Keys.onUpPressed: root.grid.chosen -= 1
        Keys.onDownPressed: root.grid.chosen += 1

        RowLayout {
            id: head

            anchors { left: parent.left; right: parent.right; top: parent.top }
            height: Theme.control
            spacing: Theme.gap12
            Label {
                text: root.grid.chosenCategory
                size: Theme.figureSize
                weight: Theme.strong
            }
            Label {
                Layout.fillWidth: true
                text: root.wipes ? qsTr("step %1 at the left, step %2 at the right").arg(Format.count(root.grid.besideStep)).arg(Format.count(root.grid.step))
                                 : qsTr("step %1").arg(Format.count(root.grid.step))
                color: Theme.colors.secondary
            }
            IconButton {
                iconName: "close"
                text: qsTr("Close")
                onClicked: root.close()
            }
        }
        Item {
            id: frame

            anchors { left: parent.left; right: parent.right; top: head.bottom; bottom: words.top; topMargin: Theme.gap8; bottomMargin: Theme.gap8 }
            readonly property real side: Math.min(frame.width, frame.height)

            Image {
                id: right

                anchors.centerIn: parent
                width: frame.side
                height: frame.side
                asynchronous: true
                source: root.opened ? root.grid.chosenUrl : ""
                fillMode: Image.PreserveAspectFit
                smooth: right.implicitWidth * 2 > right.width
                Item {
                    width: root.wipes ? root.wipe * parent.width : 0
                    height: parent.height
                    clip: true
                    Image {
                        width: frame.side
                        height: frame.side
                        asynchronous: true
                        source: root.opened && root.wipes ? root.grid.chosenBesideUrl : ""
                        fillMode: Image.PreserveAspectFit
                        smooth: right.smooth
                    }
                }
                WipeEdge {
                    visible: root.wipes
                    height: parent.height
                    place: root.wipe
                    onMoved: newPlace => root.wipe = Math.max(0, Math.min(1, newPlace))
                }
            }
        }
        Label {
            id: words

            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            text: root.grid.chosenPrompt
            color: Theme.colors.secondary
            wrapMode: Text.Wrap
            maximumLineCount: 2
        }
    }
}
