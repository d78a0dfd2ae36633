// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.Canvas
import Darkroom.ViewModels

/// The start picture with its mask, and the brush. Left button or Space paints, the arrows move the brush, [ and ] or the wheel change its
/// size, X swaps brush and eraser, I inverts, Delete clears, Ctrl+Z takes back. What the wanted size cuts off is dimmed.
FocusScope {
    id: root

    required property StartPicture start
    required property CanvasView view
    /// Sides of the picture that is asked for, px.
    required property int wantedWidth
    required property int wantedHeight
    /// Diameter of the brush, px of the start picture.
    property real brush: Math.max(8, Math.round(Math.max(root.start.width, root.start.height) / 8))
    property bool erases: false
    /// Where the keyboard's brush is, px of the picture; negative until it is used.
    property point spot: Qt.point(-1, -1)
    property bool pressed: false
    readonly property alias picture: canvas

    readonly property real largest: Math.max(8, root.start.width, root.start.height)
    /// Part of the picture that the engine takes: the largest one in the middle with the wanted shape.
    readonly property real keptShare: (root.wantedWidth / Math.max(1, root.wantedHeight)) / (root.start.width / Math.max(1, root.start.height))
    readonly property real cutX: root.keptShare < 1 ? (1 - root.keptShare) / 2 : 0
    readonly property real cutY: root.keptShare > 1 ? (1 - 1 / root.keptShare) / 2 : 0

    function resize(factor: real): void {
        root.brush = Math.min(root.largest, Math.max(1, factor > 1 ? Math.max(root.brush + 1, root.brush * factor) : root.brush * factor));
    }
    function move(dx: real, dy: real): void {
        const from = root.spot.x < 0 ? Qt.point(root.start.width / 2, root.start.height / 2) : root.spot;
        const by = Math.max(1, root.brush / 4);
        root.spot = Qt.point(Math.min(root.start.width, Math.max(0, from.x + dx * by)), Math.min(root.start.height, Math.max(0, from.y + dy * by)));
        if (root.pressed)
            root.start.mask.strokeTo(root.spot.x, root.spot.y);
    }
    function press(): void {
        if (root.pressed) {
            root.start.mask.end();
        } else {
            root.move(0, 0);
            root.start.mask.begin(root.spot.x, root.spot.y, root.brush, root.erases);
        }
        root.pressed = !root.pressed;
    }

    onVisibleChanged: {
        if (root.visible)
            root.forceActiveFocus(Qt.OtherFocusReason);
        root.pressed = false;
    }
    Accessible.role: Accessible.Canvas
    Accessible.name: qsTr("Mask on the start picture")
    Accessible.description: qsTr("Arrows move the brush, Space begins and ends a stroke")
    Keys.onPressed: event => {
        event.accepted = true;
        if (event.matches(StandardKey.Undo))
            root.start.mask.undo();
        else if (event.matches(StandardKey.Redo))
            root.start.mask.redo();
        else if (event.text === "[" || event.text === "]")
            root.resize(event.text === "]" ? 1.2 : 1 / 1.2);
        else if (event.key === Qt.Key_Left || event.key === Qt.Key_Right)
            root.move(event.key === Qt.Key_Right ? 1 : -1, 0);
        else if (event.key === Qt.Key_Up || event.key === Qt.Key_Down)
            root.move(0, event.key === Qt.Key_Down ? 1 : -1);
        else if (event.key === Qt.Key_Space && !event.isAutoRepeat)
            root.press();
        else if (event.key === Qt.Key_X)
            root.erases = !root.erases;
        else if (event.key === Qt.Key_I)
            root.start.mask.invert();
        else if (event.key === Qt.Key_Delete)
            root.start.mask.clear();
        else
            event.accepted = false;
    }

    ImageCanvas {
        id: canvas

        anchors.fill: parent
        focus: true
        activeFocusOnTab: false
        ringed: false
        url: root.start.url
        pictureWidth: root.start.width
        pictureHeight: root.start.height
        view: root.view
        wheelModifiers: Qt.ControlModifier
        dragButtons: Qt.MiddleButton

        MaskItem {
            id: shown

            readonly property real scaling: width / Math.max(1, root.start.width)

            anchors.fill: parent
            mask: root.start.mask
            tint: Theme.colors.mask
        }
        Repeater {
            model: [Qt.rect(0, 0, root.cutX, 1), Qt.rect(1 - root.cutX, 0, root.cutX, 1), Qt.rect(0, 0, 1, root.cutY), Qt.rect(0, 1 - root.cutY, 1, root.cutY)]
            Rectangle {
                id: veil

                required property rect modelData

                x: veil.modelData.x * shown.width
                y: veil.modelData.y * shown.height
                width: veil.modelData.width * shown.width
                height: veil.modelData.height * shown.height
                color: Theme.colors.scrim
            }
        }
        Rectangle {
            readonly property point at: pointer.hovered || stroke.active ? Qt.point(pointer.point.position.x, pointer.point.position.y)
                                                                         : Qt.point(root.spot.x * shown.scaling, root.spot.y * shown.scaling)

            visible: pointer.hovered || root.spot.x >= 0
            x: at.x - width / 2
            y: at.y - height / 2
            width: Math.max(3, root.brush * shown.scaling)
            height: width
            radius: width / 2
            color: "transparent"
            border { width: 1; color: root.erases ? Theme.colors.imageLabelText : Theme.colors.ring }
        }
        HoverHandler {
            id: pointer

            cursorShape: Qt.CrossCursor
        }
        PointHandler {
            id: stroke

            acceptedButtons: Qt.LeftButton
            onActiveChanged: {
                if (!active) {
                    root.start.mask.end();
                    return;
                }
                root.forceActiveFocus(Qt.MouseFocusReason);
                const at = point.position;
                root.start.mask.begin(at.x / shown.scaling, at.y / shown.scaling, root.brush, root.erases || (point.modifiers & Qt.AltModifier));
            }
            onPointChanged: if (active) root.start.mask.strokeTo(point.position.x / shown.scaling, point.position.y / shown.scaling)
        }
        WheelHandler {
            acceptedModifiers: Qt.NoModifier
            onWheel: event => root.resize(Math.pow(1.1, event.angleDelta.y / 120))
        }
    }
}
