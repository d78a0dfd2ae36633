// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// An axis of a grid: where it goes, what it varies, and through which values.
RowLayout {
    id: root

    required property int index
    required property string place
    required property int kindIndex
    required property string values
    required property string text
    required property string hint
    required property int valueCount
    required property string problem
    required property list<string> options
    required property list<bool> chosen
    required property list<string> kinds
    required property bool removable

    signal kindChosen(int index, int kind)
    signal typed(int index, string words)
    signal choiceToggled(int index, int option, bool isOn)
    signal removed(int index)

    spacing: Theme.gap8

    Label {
        Layout.preferredWidth: 52
        text: root.place
        color: Theme.colors.secondary
    }
    ComboBox {
        Layout.preferredWidth: 124
        label: qsTr("%1 vary").arg(root.place)
        help: qsTr("What changes from one picture to the next")
        model: root.kinds
        currentIndex: root.kindIndex
        onActivated: index => root.kindChosen(root.index, index)
    }
    Field {
        Layout.fillWidth: true
        objectName: "values"
        visible: root.values !== "choices"
        label: qsTr("Values of the %1").arg(root.place)
        help: root.values === "words" ? qsTr("Words between commas: the first stands in the prompt, each one in turn takes its place. \"a, b\" keeps a comma.")
                                      : qsTr("Numbers between commas; 10..50:10 counts from 10 to 50 by 10")
        placeholderText: root.hint
        wrong: root.problem.length > 0 && root.text.length > 0
        text: root.text
        onTextEdited: root.typed(root.index, text)
    }
    ChoicesBox {
        Layout.fillWidth: true
        visible: root.values === "choices"
        label: qsTr("Values of the %1").arg(root.place)
        help: root.text
        placeholder: qsTr("Choose")
        text: root.text
        choices: root.options
        chosen: root.chosen
        onToggled: (option, isOn) => root.choiceToggled(root.index, option, isOn)
    }
    Label {
        Layout.preferredWidth: 22
        horizontalAlignment: Text.AlignRight
        text: root.valueCount
        color: Theme.colors.secondary
    }
    IconButton {
        side: Theme.compactControl
        enabled: root.removable
        iconName: "close"
        iconSize: Theme.smallIcon
        text: qsTr("Remove this axis")
        onClicked: root.removed(root.index)
    }
}
