// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Controls

ControlCase {
    id: root

    name: "NumberField"

    // `owned` stands for the view model: it takes what the field asks for, unless it is told not to.
    Component {
        id: fields

        Column {
            property real owned: 20
            property bool obeys: true
            property list<real> asked
            readonly property Item field: number
            readonly property Item other: next

            NumberField {
                id: number

                label: "Steps"
                help: "How many"
                value: parent.owned
                from: 1
                to: 50
                unit: "it"
                onEdited: newValue => {
                    parent.asked.push(newValue);
                    if (parent.obeys)
                        parent.owned = newValue;
                }
            }
            NumberField {
                id: next

                value: 3
            }
        }
    }
    Component {
        id: fine

        NumberField {
            property real owned: 7.5

            value: owned
            from: 0
            to: 30
            stepSize: 0.1
            decimals: 1
            onEdited: newValue => owned = newValue
        }
    }

    function retype(words: string): void {
        root.clear();
        root.type(words);
    }

    function test_showsTheValueWithItsDecimals() {
        compare(root.make(fine).text, "7.5");
        compare(root.make(fine, {owned: 8}).text, "8.0");
    }
    function test_typingAsksForNothingBeforeEnter() {
        const column = root.make(fields);
        root.reach(column.field);
        root.retype("3");
        root.type("1");
        compare(column.asked.length, 0);
        keyClick(Qt.Key_Return);
        compare(column.asked, [31]);
        compare(column.field.text, "31");
    }
    function test_keypadEnterCommitsToo() {
        const column = root.make(fields);
        root.reach(column.field);
        root.retype("44");
        keyClick(Qt.Key_Enter, Qt.KeypadModifier);
        compare(column.owned, 44);
    }
    function test_leavingTheFieldCommits() {
        const column = root.make(fields);
        root.reach(column.field);
        root.retype("12");
        keyClick(Qt.Key_Tab);
        tryVerify(() => column.other.activeFocus);
        compare(column.owned, 12);
    }
    function test_enterWithoutAChangeAsksForNothing() {
        const column = root.make(fields);
        root.reach(column.field);
        keyClick(Qt.Key_Return);
        compare(column.asked.length, 0);
    }
    function test_focusSelectsAllSoThatTypingReplaces() {
        const column = root.make(fields);
        root.reach(column.field);
        compare(column.field.selectedText, "20");
        root.type("9");
        keyClick(Qt.Key_Return);
        compare(column.owned, 9);
        compare(column.field.selectedText, "9");
    }
    function test_escapeRestoresWhatWasThere() {
        const column = root.make(fields);
        root.reach(column.field);
        root.retype("33");
        keyClick(Qt.Key_Escape);
        compare(column.field.text, "20");
        keyClick(Qt.Key_Return);
        compare(column.asked.length, 0);
    }
    function test_escapeWithoutAChangeIsLeftToThePage() {
        const column = root.make(fields);
        let reached = 0;
        column.Keys.escapePressed.connect(() => ++reached);
        root.reach(column.field);
        root.retype("33");
        keyClick(Qt.Key_Escape);
        compare(reached, 0);
        keyClick(Qt.Key_Escape);
        compare(reached, 1);
    }
    function test_valuesStayWithinTheLimits_data() {
        return [{tag: "above", words: "900", gives: 50}, {tag: "below", words: "0", gives: 1},
                {tag: "negative", words: "-4", gives: 1}, {tag: "upper limit", words: "50", gives: 50}];
    }
    function test_valuesStayWithinTheLimits(data) {
        const column = root.make(fields);
        root.reach(column.field);
        root.retype(data.words);
        keyClick(Qt.Key_Return);
        compare(column.owned, data.gives);
        compare(column.field.text, String(data.gives));
    }
    function test_aClampedWordIsPutBackEvenWhereTheValueStays() {
        const column = root.make(fields, {owned: 50});
        root.reach(column.field);
        root.retype("900");
        keyClick(Qt.Key_Return);
        compare(column.asked.length, 0);
        compare(column.field.text, "50");
    }
    function test_wordsThatAreNoNumberAreWrongAndNotTaken() {
        const column = root.make(fields);
        root.reach(column.field);
        root.retype("two");
        verify(column.field.wrong);
        keyClick(Qt.Key_Return);
        verify(column.field.wrong);
        compare(column.field.text, "two");
        compare(column.asked.length, 0);
        keyClick(Qt.Key_Tab);
        tryVerify(() => !column.field.wrong);
        compare(column.field.text, "20");
    }
    function test_anEmptyFieldPutsTheValueBackOnLeaving() {
        const column = root.make(fields);
        root.reach(column.field);
        root.clear();
        verify(!column.field.wrong);
        keyClick(Qt.Key_Tab);
        tryCompare(column.field, "text", "20");
        compare(column.asked.length, 0);
    }
    function test_commaAndPointAreTheSame() {
        const field = root.make(fine);
        root.reach(field);
        root.retype("6,3");
        keyClick(Qt.Key_Return);
        fuzzyCompare(field.owned, 6.3, 1e-9);
    }
    function test_moreDigitsThanShownAreRounded() {
        const field = root.make(fine);
        root.reach(field);
        root.retype("6.28");
        keyClick(Qt.Key_Return);
        fuzzyCompare(field.owned, 6.3, 1e-9);
        compare(field.text, "6.3");
    }
    function test_arrowsStepByOneAndStopAtTheLimit() {
        const column = root.make(fields, {owned: 48});
        root.reach(column.field);
        for (const expected of [49, 50, 50]) {
            keyClick(Qt.Key_Up);
            compare(column.owned, expected);
            compare(column.field.text, String(expected));
        }
        column.owned = 2;
        for (const expected of [1, 1]) {
            keyClick(Qt.Key_Down);
            compare(column.owned, expected);
        }
    }
    function test_arrowsStartFromWhatIsTyped() {
        const column = root.make(fields);
        root.reach(column.field);
        root.retype("30");
        keyClick(Qt.Key_Up);
        compare(column.owned, 31);
    }
    function test_manyFineStepsLeaveNoBinaryDust() {
        const field = root.make(fine, {owned: 0});
        root.reach(field);
        for (let i = 0; i < 3; ++i)
            keyClick(Qt.Key_Up);
        compare(field.owned, 0.3);
    }
    function test_wheelStepsByOneAndStopsAtTheLimit() {
        const column = root.make(fields, {owned: 49});
        root.reach(column.field);
        for (const expected of [50, 50]) {
            mouseWheel(column.field, 30, 10, 0, 120);
            compare(column.owned, expected);
        }
        mouseWheel(column.field, 30, 10, 0, -120);
        compare(column.owned, 49);
    }
    function test_wheelWithoutFocusLeavesTheValueAlone() {
        const column = root.make(fields);
        root.reach(column.other);
        mouseWheel(column.field, 30, 10, 0, 120);
        compare(column.owned, 20);
        compare(column.asked.length, 0);
    }
    function test_followsTheOwnerAfterEveryWayOfEditing() {
        const column = root.make(fields);
        root.reach(column.field);
        root.retype("31");
        keyClick(Qt.Key_Return);
        keyClick(Qt.Key_Up);
        root.retype("5");
        keyClick(Qt.Key_Escape);
        column.owned = 7;
        compare(column.field.text, "7");
    }
    function test_showsWhatTheOwnerKeepsWhenItRefuses() {
        const column = root.make(fields, {obeys: false});
        root.reach(column.field);
        root.retype("31");
        keyClick(Qt.Key_Return);
        compare(column.asked, [31]);
        compare(column.field.text, "20");
    }
    function test_disabledTakesNothing() {
        const column = root.make(fields);
        column.field.enabled = false;
        mouseClick(column.field);
        root.type("5");
        mouseWheel(column.field, 30, 10, 0, 120);
        compare(column.owned, 20);
        compare(column.field.text, "20");
    }
    function test_saysItsNameToScreenReadersAndShowsItsUnit() {
        const column = root.make(fields);
        compare(column.field.Accessible.name, "Steps");
        compare(column.field.Accessible.description, "How many");
        compare(column.field.Accessible.role, Accessible.SpinBox);
        verify(root.labelled(column.field, "it"));
    }
}
