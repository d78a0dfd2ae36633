// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Controls.impl

/// One of resources/icons, in one colour, sharp at every scale.
IconImage {
    id: root

    /// File name without ".svg"; empty shows nothing.
    required property string icon
    property int size: Theme.buttonIcon

    width: root.size
    height: root.size
    sourceSize { width: root.size; height: root.size }
    source: root.icon.length === 0 ? "" : Qt.resolvedUrl((root.size <= Theme.smallIcon ? "icons/small/" : "icons/") + root.icon + ".svg")
    color: Theme.colors.secondary
    fillMode: Image.PreserveAspectFit
    Accessible.ignored: true
}
