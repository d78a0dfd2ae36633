// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import QtTest
import Darkroom.Theme
import Darkroom.Controls

ControlCase {
    id: root

    name: "TextFields"

    Component {
        id: searches

        SearchField {
            width: 200
            label: "Search prompts"
            placeholderText: "Search"
        }
    }
    // The view model keeps the text, and marks what does not fit.
    Component {
        id: prompts

        Column {
            property string owned: ""
            property int markAt: -1
            property list<string> asked
            readonly property Item prompt: field
            readonly property Item next: after
            readonly property Item previous: before

            Field {
                id: before
            }
            PromptField {
                id: field

                width: 400
                height: 80
                label: "Prompt"
                placeholder: "What is in the image"
                text: parent.owned
                markAt: parent.markAt
                onEdited: newText => {
                    parent.asked.push(newText);
                    parent.owned = newText;
                }
            }
            Field {
                id: after
            }
        }
    }
    Component {
        id: meters

        TokenMeter {
            width: 154
        }
    }
    Shortcut {
        id: generate

        property int count: 0

        sequences: ["Ctrl+Return", "Ctrl+Enter"]
        onActivated: ++generate.count
    }
    SignalSpy {
        id: earlier

        signalName: "earlierAsked"
    }
    SignalSpy {
        id: later

        signalName: "laterAsked"
    }

    function area(prompt: Item): Item {
        return root.part(prompt, child => child instanceof T.TextArea);
    }
    function mark(prompt: Item): Item {
        return root.part(root.area(prompt), child => child instanceof Rectangle && Qt.colorEqual(child.color, Theme.colors.secondary));
    }
    function cross(search: Item): Item {
        return root.part(search, child => child instanceof IconButton);
    }

    function test_searchTakesWhatIsTyped() {
        const search = root.make(searches);
        verify(root.labelled(search, "Search"));
        root.reach(search);
        root.type("fox");
        compare(search.text, "fox");
        verify(!root.labelled(search, "Search"));
    }
    function test_searchIsEmptiedByItsCrossAndKeepsTheKeyboard() {
        const search = root.make(searches);
        verify(!root.cross(search).visible);
        root.reach(search);
        root.type("fox");
        verify(root.cross(search).visible);
        mouseClick(root.cross(search));
        compare(search.text, "");
        verify(!root.cross(search).visible);
        verify(search.activeFocus);
    }
    function test_searchIsEmptiedByEscapeThatThenGoesToThePage() {
        const search = root.make(searches);
        let reached = 0;
        root.Keys.escapePressed.connect(() => ++reached);
        root.reach(search);
        root.type("fox");
        keyClick(Qt.Key_Escape);
        compare(search.text, "");
        compare(reached, 0);
        keyClick(Qt.Key_Escape);
        compare(reached, 1);
    }
    function test_searchTextEndsBeforeTheCross() {
        const search = root.make(searches, {text: "a fox in the snow at dawn, from far above"});
        verify(search.width - search.rightPadding <= root.cross(search).x);
    }
    function test_searchSaysItsName() {
        const search = root.make(searches);
        compare(search.Accessible.name, "Search prompts");
        compare(root.cross(search).Accessible.name, "Empty the search");
    }

    function test_promptAsksForEveryChange() {
        const column = root.make(prompts);
        root.reach(root.area(column.prompt));
        root.type("fox");
        compare(column.asked, ["f", "fo", "fox"]);
    }
    function test_promptShowsWhatTheOwnerSetsAndAsksForNothing() {
        const column = root.make(prompts);
        column.owned = "a red fox";
        compare(root.area(column.prompt).text, "a red fox");
        compare(column.asked.length, 0);
    }
    function test_promptShowsItsPlaceholderOnlyWhileEmpty() {
        const column = root.make(prompts);
        verify(root.labelled(column.prompt, "What is in the image"));
        column.owned = "fox";
        verify(!root.labelled(column.prompt, "What is in the image"));
    }
    function test_promptTakesEnterAsANewLine() {
        const column = root.make(prompts, {owned: "a"});
        root.reach(root.area(column.prompt));
        keyClick(Qt.Key_End);
        keyClick(Qt.Key_Return);
        compare(column.owned, "a\n");
    }
    function test_promptLeavesCtrlEnterToThePage_data() {
        return [{tag: "Return", key: Qt.Key_Return}, {tag: "keypad Enter", key: Qt.Key_Enter}];
    }
    function test_promptLeavesCtrlEnterToThePage(data) {
        const column = root.make(prompts, {owned: "fox"});
        root.reach(root.area(column.prompt));
        generate.count = 0;
        keyClick(data.key, Qt.ControlModifier);
        compare(generate.count, 1);
        compare(column.owned, "fox");
    }
    function test_promptIsLeftByTabInBothDirections() {
        const column = root.make(prompts);
        root.reach(root.area(column.prompt));
        keyClick(Qt.Key_Tab);
        tryVerify(() => column.next.activeFocus);
        root.reach(root.area(column.prompt));
        keyClick(Qt.Key_Backtab, Qt.ShiftModifier);
        tryVerify(() => column.previous.activeFocus);
        compare(column.owned, "");
    }
    function test_promptAsksForEarlierAndLaterByAltArrows() {
        const column = root.make(prompts, {owned: "one\ntwo"});
        earlier.target = later.target = column.prompt;
        earlier.clear();
        later.clear();
        root.reach(root.area(column.prompt));
        keyClick(Qt.Key_Up, Qt.AltModifier);
        compare([earlier.count, later.count], [1, 0]);
        keyClick(Qt.Key_Down, Qt.AltModifier);
        compare([earlier.count, later.count], [1, 1]);
        keyClick(Qt.Key_Down);
        compare([earlier.count, later.count], [1, 1]);
    }
    function test_promptKeepsTheCursorInSight() {
        const column = root.make(prompts);
        const area = root.area(column.prompt);
        root.reach(area);
        for (let i = 0; i < 12; ++i)
            keyClick(Qt.Key_Return);
        const bottom = area.mapToItem(column.prompt, 0, area.cursorRectangle.y + area.cursorRectangle.height).y;
        verify(area.height > column.prompt.height);
        verify(bottom <= column.prompt.height, bottom);
    }
    function test_promptMarksWhereTheTokensEnd() {
        const column = root.make(prompts, {owned: "a fox in the snow"});
        verify(!root.mark(column.prompt).visible);
        column.markAt = 6;
        const place = root.area(column.prompt).positionToRectangle(6);
        const mark = root.mark(column.prompt);
        verify(mark.visible);
        compare([mark.x + mark.width, mark.y, mark.height], [place.x, place.y, place.height]);
        column.markAt = -1;
        verify(!mark.visible);
    }
    function test_promptMarkStandsRightWhereItComesBeforeItsText() {
        failOnWarning(/out of range/);
        const column = root.make(prompts, {owned: "iiii"});
        column.markAt = 12;
        column.owned = "wwww wwww wwww wwww";
        const mark = root.mark(column.prompt);
        compare(mark.x + mark.width, root.area(column.prompt).positionToRectangle(12).x);
    }
    function test_promptMarkMovesWithTheWordsBeforeIt() {
        const first = "the longest line of this prompt is its first one\n";
        const column = root.make(prompts, {owned: first + "wwww wwww"});
        column.markAt = first.length + 4;
        const before = root.mark(column.prompt).x;
        column.owned = first + "iiii iiii";
        tryVerify(() => root.mark(column.prompt).x < before);
        compare(root.mark(column.prompt).x + 2, root.area(column.prompt).positionToRectangle(column.markAt).x);
    }
    function test_promptNeverReadsMarkup() {
        const column = root.make(prompts, {owned: "<b>fox</b>"});
        compare(root.area(column.prompt).length, 10);
    }
    function test_promptSaysItsNameToScreenReaders() {
        compare(root.area(root.make(prompts).prompt).Accessible.name, "Prompt");
    }
    function test_promptDisabledTakesNothing() {
        const column = root.make(prompts, {enabled: false});
        mouseClick(column.prompt);
        root.type("fox");
        compare(column.owned, "");
    }

    function test_meterFillsByTokensAndEndsAtTheWindow_data() {
        return [{tag: "empty", count: 0, width: 0}, {tag: "half", count: 38, width: 76}, {tag: "limit", count: 75, width: 150},
                {tag: "beyond", count: 300, width: 154}];
    }
    function test_meterFillsByTokensAndEndsAtTheWindow(data) {
        const meter = root.make(meters, {count: data.count});
        compare(root.named(meter, "fill").width, data.width);
    }
    function test_meterWarnsOnlyBeyondTheLimit() {
        const meter = root.make(meters, {count: 75});
        verify(!meter.over);
        compare(root.named(meter, "fill").color, Theme.colors.trackFill);
        meter.count = 76;
        verify(meter.over);
        compare(root.named(meter, "fill").color, Theme.colors.warning);
    }
    function test_meterSaysItsTokens() {
        compare(root.make(meters, {count: 12}).Accessible.name, "12 of 75 tokens");
    }
}
