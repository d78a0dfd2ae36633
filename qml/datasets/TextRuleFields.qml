// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls

/// The words and patterns of a rule about texts.
ColumnLayout {
    id: root

    required property FilterValues filter
    readonly property bool patterns: root.filter.kind === "texts"

    spacing: Theme.gap4
    RowLayout {
        Layout.fillWidth: true
        spacing: 0
        FormLabel { text: root.patterns ? qsTr("Is one of") : qsTr("or is") }
        Field {
            Layout.fillWidth: true
            objectName: "words"
            label: qsTr("Words of %1").arg(root.filter.title)
            help: root.filter.dictionary.length > 0 ? qsTr("With commas. There are: %1").arg(root.filter.dictionary) : qsTr("With commas; large and small letters are the same")
            text: root.filter.words
            placeholderText: qsTr("any word")
            onEditingFinished: if (text !== root.filter.words) root.filter.datasets.setWords(root.filter.index, text)
        }
    }
    RowLayout {
        Layout.fillWidth: true
        visible: root.patterns
        spacing: 0
        FormLabel { text: qsTr("Has") }
        Field {
            Layout.fillWidth: true
            objectName: "pattern"
            mono: true
            label: qsTr("Pattern that %1 must match").arg(root.filter.title)
            help: qsTr("A regular expression (PCRE2)")
            text: root.filter.pattern
            placeholderText: qsTr("any text")
            onEditingFinished: if (text !== root.filter.pattern) root.filter.datasets.setPattern(root.filter.index, text, false)
        }
    }
    RowLayout {
        Layout.fillWidth: true
        visible: root.patterns
        spacing: 0
        FormLabel { text: qsTr("Has not") }
        Field {
            Layout.fillWidth: true
            objectName: "notPattern"
            mono: true
            label: qsTr("Pattern that %1 must not match").arg(root.filter.title)
            help: qsTr("A regular expression (PCRE2)")
            text: root.filter.notPattern
            onEditingFinished: if (text !== root.filter.notPattern) root.filter.datasets.setPattern(root.filter.index, text, true)
        }
    }
}
