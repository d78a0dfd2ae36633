// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Controls
import Darkroom.ViewModels

/// A slider row with the limits, step and help of the parameter table; with a LivePicture it can be live.
SliderRow {
    id: root

    required property parameterInfo info
    property LivePicture follower: null
    readonly property string name: root.info.key.split(".").pop()

    help: root.info.help
    from: root.info.minimum
    to: root.info.maximum
    stepSize: root.info.step
    decimals: root.info.decimals
    defaultValue: root.info.defaultValue
    canBeLive: root.follower !== null
    live: root.follower !== null && root.follower.keys.includes(root.name)
    onLiveToggled: root.follower?.toggle(root.name)
    onEdited: root.follower?.moved(root.name)
}
