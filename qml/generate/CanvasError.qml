// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls

/// Why no picture came: over the canvas, until it is closed or tried again.
Rectangle {
    id: root

    required property string text
    required property string detail
    required property bool canRetry

    signal retryAsked
    signal closed

    implicitHeight: error.implicitHeight + 2 * Theme.gap12
    radius: Theme.radius
    color: Theme.colors.raised
    border.width: 1
    border.color: Theme.colors.separator

    ErrorState {
        id: error

        anchors { fill: parent; margins: Theme.gap12 }
        title: root.text
        detail: root.detail
        action: root.canRetry ? qsTr("Try again") : ""
        closable: true
        onActed: root.retryAsked()
        onClosed: root.closed()
    }
}
