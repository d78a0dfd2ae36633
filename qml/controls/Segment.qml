// SPDX-License-Identifier: GPL-3.0-or-later
import QtQml

/// A choice of a SegmentedControl.
QtObject {
    required property string key
    property string text
    property string icon
    property string help
    property bool enabled: true
}
