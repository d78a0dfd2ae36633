// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme

/// Name of a form row, in the column of names.
Label {
    Layout.preferredWidth: Theme.formLabel
    Layout.rightMargin: Theme.gap8
    Layout.alignment: Qt.AlignVCenter
    color: Theme.colors.secondary
}
