// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Window
import Darkroom.Theme
import Darkroom.Controls

/// The picture: fits, or is zoomed by the wheel, + and - about the pointer and dragged. 0 fits it, 1 shows it at 100 %. Items inside lie
/// over the picture, as large as it is shown.
FocusScope {
    id: root

    required property url url
    required property int pictureWidth
    required property int pictureHeight
    property CanvasView view: CanvasView {}
    property string caption
    /// Shows where the keyboard is; a tool that shows it itself takes it off.
    property bool ringed: true
    /// Keys that the wheel zooms with, buttons that drag the picture; where a tool takes them for itself it changes these.
    property int wheelModifiers: Qt.KeyboardModifierMask
    property int dragButtons: Qt.LeftButton
    default property alias overlay: holder.data

    readonly property bool fits: root.view.fits
    readonly property real ratio: Screen.devicePixelRatio
    readonly property real fitZoom: Math.min(root.width / Math.max(1, root.pictureWidth), root.height / Math.max(1, root.pictureHeight)) * root.ratio
    readonly property real shownZoom: root.fits ? root.fitZoom : root.view.zoom
    readonly property real shownWidth: Math.min(root.width, root.pictureWidth * root.shownZoom / root.ratio)

    function fit(): void {
        root.view.fits = true;
        root.view.pan = Qt.point(0, 0);
    }
    function setZoom(factor: real): void {
        root.zoomAt(factor, root.width / 2, root.height / 2);
    }
    function zoomAt(factor: real, x: real, y: real): void {
        const next = Math.min(32, Math.max(Math.min(0.1, root.fitZoom), factor));
        const share = next / root.shownZoom;
        const dx = x - root.width / 2;
        const dy = y - root.height / 2;
        root.view.pan = Qt.point(dx - (dx - root.view.pan.x) * share, dy - (dy - root.view.pan.y) * share);
        root.view.zoom = next;
        root.view.fits = false;
        root.keepInside();
    }
    function keepInside(): void {
        const mx = Math.max(0, (picture.width - root.width) / 2);
        const my = Math.max(0, (picture.height - root.height) / 2);
        root.view.pan = Qt.point(Math.min(mx, Math.max(-mx, root.view.pan.x)), Math.min(my, Math.max(-my, root.view.pan.y)));
    }

    clip: !root.fits
    activeFocusOnTab: true
    Accessible.role: Accessible.Graphic
    Accessible.name: qsTr("The picture")
    Accessible.focusable: true
    Keys.onPressed: event => {
        event.accepted = true;
        if (event.key === Qt.Key_0)
            root.fit();
        else if (event.key === Qt.Key_1)
            root.setZoom(1);
        else if (event.key === Qt.Key_Plus || event.key === Qt.Key_Equal)
            root.setZoom(root.shownZoom * 1.25);
        else if (event.key === Qt.Key_Minus)
            root.setZoom(root.shownZoom / 1.25);
        else
            event.accepted = false;
    }

    Rectangle {
        anchors.fill: picture
        visible: picture.status !== Image.Ready
        color: Theme.colors.window
    }
    Image {
        id: picture

        width: Math.round(root.pictureWidth * root.shownZoom / root.ratio)
        height: Math.round(root.pictureHeight * root.shownZoom / root.ratio)
        x: Math.round((root.width - width) / 2 + (root.fits ? 0 : root.view.pan.x))
        y: Math.round((root.height - height) / 2 + (root.fits ? 0 : root.view.pan.y))
        smooth: root.fits || root.view.zoom < 4
        mipmap: root.shownZoom < 0.5
        autoTransform: true
    }
    // Loads beside the GUI thread; the picture before stays until this one is there.
    Image {
        visible: false
        asynchronous: true
        autoTransform: true
        source: root.url
        onStatusChanged: if (status === Image.Ready || status === Image.Null) picture.source = source
    }
    CanvasCaption {
        x: Math.max(0, picture.x) + Theme.gap12
        y: Math.max(0, picture.y) + Theme.gap12
        text: root.caption
    }
    FocusRing { shown: root.activeFocus && root.ringed; radius: 2 }

    WheelHandler {
        acceptedDevices: PointerDevice.Mouse | PointerDevice.TouchPad
        acceptedModifiers: root.wheelModifiers
        onWheel: event => root.zoomAt(root.shownZoom * Math.pow(1.2, event.angleDelta.y / 120), event.x, event.y)
    }
    DragHandler {
        id: dragging

        property point start

        target: null
        enabled: !root.fits
        acceptedButtons: root.dragButtons
        cursorShape: Qt.ClosedHandCursor
        onActiveChanged: if (active) start = root.view.pan
        onTranslationChanged: {
            root.view.pan = Qt.point(start.x + translation.x, start.y + translation.y);
            root.keepInside();
        }
    }
    TapHandler {
        enabled: root.dragButtons === Qt.LeftButton
        onTapped: root.forceActiveFocus(Qt.MouseFocusReason)
        onDoubleTapped: root.fits ? root.setZoom(1) : root.fit()
    }
    Item {
        id: holder

        x: picture.x
        y: picture.y
        width: picture.width
        height: picture.height
    }
}
