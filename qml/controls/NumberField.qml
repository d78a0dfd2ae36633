// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// A number with its unit. Enter or leaving the field takes it over, within the limits; what is no number is not taken and shown as wrong.
/// Up and Down, and the wheel while it has the keyboard, go by one step. `value` is never changed here: `edited` asks the owner to.
Field {
    id: root

    property real value: 0
    property real from: 0
    property real to: 100
    property real stepSize: 1
    property int decimals: 0

    signal edited(real newValue)

    function shown(number: real): string {
        return number.toFixed(root.decimals);
    }
    function parsed(words: string): real {
        return /\S/.test(words) ? Number(words.replace(",", ".")) : NaN;
    }
    function limited(number: real): real {
        return Number(Math.min(root.to, Math.max(root.from, number)).toFixed(root.decimals));
    }
    function take(): void {
        const number = root.parsed(root.text);
        root.wrong = isNaN(number);
        if (root.wrong)
            return;
        const within = root.limited(number);
        if (within !== root.value)
            root.edited(within);
        root.putBack();
    }
    function stepBy(count: int): void {
        const start = root.parsed(root.text);
        root.edited(root.limited((isNaN(start) ? root.value : start) + count * root.stepSize));
        root.putBack();
    }
    function putBack(): void {
        root.wrong = false;
        root.text = Qt.binding(() => root.shown(root.value));
    }

    implicitWidth: Theme.numberField
    horizontalAlignment: TextInput.AlignRight
    inputMethodHints: Qt.ImhFormattedNumbersOnly
    text: root.shown(root.value)
    Accessible.role: Accessible.SpinBox

    onAccepted: {
        root.take();
        root.selectAll();
    }
    onActiveFocusChanged: {
        if (root.activeFocus)
            root.selectAll();
        else if (isNaN(root.parsed(root.text)))
            root.putBack();
        else
            root.take();
    }
    onTextEdited: root.wrong = root.text.length > 0 && isNaN(root.parsed(root.text))
    Keys.onUpPressed: root.stepBy(1)
    Keys.onDownPressed: root.stepBy(-1)
    Keys.onEscapePressed: event => {
        event.accepted = root.text !== root.shown(root.value);
        root.putBack();
    }

    WheelHandler {
        enabled: root.activeFocus
        onWheel: event => root.stepBy(event.angleDelta.y > 0 ? 1 : -1)
    }
}
