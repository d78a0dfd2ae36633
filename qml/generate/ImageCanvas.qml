// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Window
import Darkroom.Theme
import Darkroom.Controls

/// The picture: fits, or is zoomed by the wheel, + and - about the pointer and dragged. 0 fits it, 1 shows it at 100 %.
FocusScope {
    id: root

    required property url url
    required property int pictureWidth
    required property int pictureHeight
    property string caption
    property bool fits: true
    /// Device pixels a pixel of the picture; means something while not `fits`.
    property real zoom: 1
    property point pan: Qt.point(0, 0)

    readonly property real ratio: Screen.devicePixelRatio
    readonly property real fitZoom: Math.min(root.width / Math.max(1, root.pictureWidth), root.height / Math.max(1, root.pictureHeight)) * root.ratio
    readonly property real shownZoom: root.fits ? root.fitZoom : root.zoom
    readonly property real shownWidth: Math.min(root.width, root.pictureWidth * root.shownZoom / root.ratio)

    function fit(): void {
        root.fits = true;
        root.pan = Qt.point(0, 0);
    }
    function setZoom(factor: real): void {
        root.zoomAt(factor, root.width / 2, root.height / 2);
    }
    function zoomAt(factor: real, x: real, y: real): void {
        const next = Math.min(32, Math.max(Math.min(0.1, root.fitZoom), factor));
        const share = next / root.shownZoom;
        const dx = x - root.width / 2;
        const dy = y - root.height / 2;
        root.pan = Qt.point(dx - (dx - root.pan.x) * share, dy - (dy - root.pan.y) * share);
        root.zoom = next;
        root.fits = false;
        root.keepInside();
    }
    function keepInside(): void {
        const mx = Math.max(0, (picture.width - root.width) / 2);
        const my = Math.max(0, (picture.height - root.height) / 2);
        root.pan = Qt.point(Math.min(mx, Math.max(-mx, root.pan.x)), Math.min(my, Math.max(-my, root.pan.y)));
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
        x: Math.round((root.width - width) / 2 + (root.fits ? 0 : root.pan.x))
        y: Math.round((root.height - height) / 2 + (root.fits ? 0 : root.pan.y))
        smooth: root.fits || root.zoom < 4
        mipmap: root.shownZoom < 0.5
    }
    // Loads beside the GUI thread; the picture before stays until this one is there.
    Image {
        visible: false
        asynchronous: true
        source: root.url
        onStatusChanged: if (status === Image.Ready || status === Image.Null) picture.source = source
    }
    Rectangle {
        visible: root.caption.length > 0
        x: Math.max(0, picture.x) + Theme.gap12
        y: Math.max(0, picture.y) + Theme.gap12
        width: words.implicitWidth + 2 * Theme.gap8
        height: Theme.compactControl
        radius: Theme.smallRadius
        color: Theme.colors.imageLabel
        Label {
            id: words

            anchors.centerIn: parent
            text: root.caption
            size: Theme.captionSize
            color: Theme.colors.imageLabelText
        }
    }
    FocusRing { shown: root.activeFocus; radius: 2 }

    WheelHandler {
        acceptedDevices: PointerDevice.Mouse | PointerDevice.TouchPad
        onWheel: event => root.zoomAt(root.shownZoom * Math.pow(1.2, event.angleDelta.y / 120), event.x, event.y)
    }
    DragHandler {
        id: dragging

        property point start

        target: null
        enabled: !root.fits
        cursorShape: Qt.ClosedHandCursor
        onActiveChanged: if (active) start = root.pan
        onTranslationChanged: {
            root.pan = Qt.point(start.x + translation.x, start.y + translation.y);
            root.keepInside();
        }
    }
    TapHandler {
        onTapped: root.forceActiveFocus(Qt.MouseFocusReason)
        onDoubleTapped: root.fits ? root.setZoom(1) : root.fit()
    }
}
