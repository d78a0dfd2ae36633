// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Two pictures: B under A with an edge that is dragged, or side by side; both zoom and move together. A and B show one alone (side by
/// side: choose the side that the gallery fills), Left and Right move the edge, S swaps them.
FocusScope {
    id: root

    required property CompareViewModel compare
    required property CanvasView view
    readonly property alias picture: under
    readonly property bool wipes: root.compare.mode === CompareViewModel.Wipe

    function press(key: int): bool {
        if (key === Qt.Key_A)
            root.compare.press(CompareViewModel.SideA);
        else if (key === Qt.Key_B)
            root.compare.press(CompareViewModel.SideB);
        else if (key === Qt.Key_S)
            root.compare.swap();
        else
            return false;
        return true;
    }

    Accessible.role: Accessible.Grouping
    Accessible.name: qsTr("Two pictures to compare")
    Keys.onLeftPressed: root.compare.wipe -= 0.02
    Keys.onRightPressed: root.compare.wipe += 0.02
    onVisibleChanged: if (root.visible) root.forceActiveFocus(Qt.OtherFocusReason)

    ImageCanvas {
        id: under

        anchors { fill: parent; leftMargin: root.wipes ? 0 : root.width / 2 + Theme.gap8 }
        focus: true
        ringed: false
        onActiveFocusChanged: if (under.activeFocus && !root.wipes) root.compare.active = CompareViewModel.SideB
        url: root.compare.on ? root.compare.b.imageUrl : ""
        pictureWidth: root.compare.b.width
        pictureHeight: root.compare.b.height
        view: root.view

        Item {
            width: root.compare.wipe * parent.width
            height: parent.height
            visible: root.wipes
            clip: true
            Image {
                width: under.pictureWidth * under.shownZoom / under.ratio
                height: under.pictureHeight * under.shownZoom / under.ratio
                asynchronous: true
                source: root.compare.on && root.wipes ? root.compare.a.imageUrl : ""
                fillMode: Image.PreserveAspectFit
                smooth: root.view.fits || root.view.zoom < 4
            }
        }
        WipeEdge {
            visible: root.wipes
            height: parent.height
            place: root.compare.wipe
            onMoved: newPlace => root.compare.wipe = newPlace
        }
        CanvasCaption {
            anchors { top: parent.top; left: parent.left; margins: Theme.gap12 }
            visible: root.wipes && root.compare.wipe > 0
            most: parent.width / 2 - 2 * Theme.gap12
            letter: qsTr("A")
            text: root.compare.labelA
        }
        CanvasCaption {
            anchors { top: parent.top; right: parent.right; margins: Theme.gap12 }
            visible: !root.wipes || root.compare.wipe < 1
            most: root.wipes ? parent.width / 2 - 2 * Theme.gap12 : parent.width - 2 * Theme.gap12
            letter: qsTr("B")
            text: root.compare.labelB
        }
        FocusRing { shown: !root.wipes && root.compare.active === CompareViewModel.SideB; radius: 2 }
    }
    ImageCanvas {
        id: left

        anchors { fill: parent; rightMargin: root.width / 2 + Theme.gap8 }
        ringed: false
        onActiveFocusChanged: if (left.activeFocus) root.compare.active = CompareViewModel.SideA
        visible: !root.wipes
        url: root.compare.on && !root.wipes ? root.compare.a.imageUrl : ""
        pictureWidth: root.compare.a.width
        pictureHeight: root.compare.a.height
        view: root.view

        CanvasCaption {
            anchors { top: parent.top; left: parent.left; margins: Theme.gap12 }
            most: parent.width - 2 * Theme.gap12
            letter: qsTr("A")
            text: root.compare.labelA
        }
        FocusRing { shown: root.compare.active === CompareViewModel.SideA; radius: 2 }
    }
}
