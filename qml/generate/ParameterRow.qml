// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Controls
import Darkroom.ViewModels

/// A slider row with the limits, step and help of the parameter table.
SliderRow {
    id: root

    required property parameterInfo info

    help: root.info.help
    from: root.info.minimum
    to: root.info.maximum
    stepSize: root.info.step
    decimals: root.info.decimals
    defaultValue: root.info.defaultValue
}
