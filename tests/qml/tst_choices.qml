// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Theme
import Darkroom.Controls

ControlCase {
    id: root

    name: "Choices"

    Component {
        id: segments

        SegmentedControl {
            property list<string> asked

            label: "Phase"
            current: "text"
            onChosen: key => {
                asked.push(key);
                current = key;
            }

            Segment { key: "text"; text: "Text" }
            Segment { key: "shape"; text: "Shape"; enabled: false }
            Segment { key: "light"; text: "Light"; help: "From dark to bright" }
            Segment { key: "grid"; icon: "image"; help: "Side by side" }
        }
    }
    Component {
        id: samplers

        ComboBox {
            property int owned: 1
            property list<int> asked

            label: "Sampler"
            help: "How noise goes"
            model: ListModel {
                ListElement { title: "DDIM"; note: "fast" }
                ListElement { title: "Euler"; note: "plain" }
                ListElement { title: "Heun"; note: "twice the work" }
            }
            textRole: "title"
            detailRole: "note"
            currentIndex: owned
            onActivated: index => {
                asked.push(index);
                owned = index;
            }
        }
    }
    Component {
        id: words

        ComboBox {
            label: "Theme"
            model: ["Dark", "Light"]
        }
    }
    Component {
        id: switches

        Switch {
            property bool owned: false

            text: "EMA"
            help: "Keeps a running average"
            checked: owned
            onToggled: owned = checked
        }
    }
    SignalSpy {
        id: toggled

        signalName: "toggled"
    }

    function segment(control: Item, index: int): Item {
        let left = index;
        return root.part(control, child => child instanceof SegmentButton && left-- === 0);
    }
    function row(box: Item, words: string): Item {
        return root.part(box.popup.contentItem, child => child instanceof MenuRow && child.text === words);
    }

    function test_segmentsGoByArrowsOverWhatIsDisabledAndStopAtTheEnds() {
        const control = root.make(segments);
        root.reach(control);
        for (const expected of ["light", "grid", "grid"]) {
            keyClick(Qt.Key_Right);
            compare(control.current, expected);
        }
        for (const expected of ["light", "text", "text"]) {
            keyClick(Qt.Key_Left);
            compare(control.current, expected);
        }
        compare(control.asked, ["light", "grid", "light", "text"]);
    }
    function test_segmentIsChosenByAClick() {
        const control = root.make(segments);
        mouseClick(root.segment(control, 2));
        compare(control.current, "light");
        verify(root.segment(control, 2).on);
        verify(!root.segment(control, 0).on);
        verify(control.activeFocus);
        keyClick(Qt.Key_Right);
        compare(control.current, "grid");
    }
    function test_clickOnTheCurrentSegmentAsksForNothing() {
        const control = root.make(segments);
        mouseClick(root.segment(control, 0));
        compare(control.asked.length, 0);
    }
    function test_clickOnADisabledSegmentAsksForNothing() {
        const control = root.make(segments);
        mouseClick(root.segment(control, 1));
        compare(control.asked.length, 0);
        compare(root.segment(control, 1).ink, Theme.colors.disabled);
    }
    function test_disabledControlTakesNeitherClickNorKey() {
        const control = root.make(segments, {enabled: false});
        mouseClick(root.segment(control, 2));
        keyClick(Qt.Key_Right);
        compare(control.asked.length, 0);
    }
    function test_evenSegmentsShareTheWidth() {
        const control = root.make(segments, {even: true, width: 204});
        for (let i = 0; i < 4; ++i)
            compare(root.segment(control, i).width, 50);
    }
    function test_ringShowsForTheKeyboardAndNotForTheMouse() {
        const control = root.make(segments);
        const ring = root.part(control, child => child instanceof FocusRing);
        root.reach(control);
        verify(ring.visible);
        control.focus = false;
        tryVerify(() => !ring.visible);
        mouseClick(root.segment(control, 2));
        verify(control.activeFocus);
        verify(!ring.visible);
    }
    function test_segmentsSayTheirNamesAndWhichIsOn() {
        const control = root.make(segments);
        compare(control.Accessible.name, "Phase");
        compare(root.segment(control, 0).Accessible.name, "Text");
        compare(root.segment(control, 3).Accessible.name, "Side by side");
        verify(root.segment(control, 0).Accessible.checked);
        verify(!root.segment(control, 2).Accessible.checked);
        root.verifyTooltip(root.segment(control, 3), "Side by side");
    }

    function test_comboBoxGoesByArrowsWhileClosed() {
        const box = root.make(samplers);
        root.reach(box);
        for (const expected of [2, 2]) {
            keyClick(Qt.Key_Down);
            compare(box.owned, expected);
        }
        keyClick(Qt.Key_Up);
        compare(box.owned, 1);
        compare(box.displayText, "Euler");
        verify(root.labelled(box, "Euler"));
    }
    function test_comboBoxOpensBySpaceAndTakesByEnter() {
        const box = root.make(samplers);
        root.reach(box);
        keyClick(Qt.Key_Space);
        tryCompare(box.popup, "opened", true);
        keyClick(Qt.Key_Up);
        compare(box.asked.length, 0);
        keyClick(Qt.Key_Return);
        tryCompare(box.popup, "visible", false);
        compare(box.asked, [0]);
        compare(box.currentIndex, 0);
    }
    function test_comboBoxEscapeClosesAndKeepsTheChoice() {
        const box = root.make(samplers);
        root.reach(box);
        keyClick(Qt.Key_Space);
        tryCompare(box.popup, "opened", true);
        keyClick(Qt.Key_Down);
        keyClick(Qt.Key_Escape);
        tryCompare(box.popup, "visible", false);
        compare(box.asked.length, 0);
        compare(box.currentIndex, 1);
    }
    function test_comboBoxTakesARowByAClick() {
        const box = root.make(samplers);
        mouseClick(box);
        tryCompare(box.popup, "opened", true);
        tryVerify(() => root.row(box, "Heun"));
        verify(root.row(box, "Euler").current);
        compare(root.row(box, "Heun").detail, "twice the work");
        mouseClick(root.row(box, "Heun"));
        tryCompare(box.popup, "visible", false);
        compare(box.owned, 2);
    }
    function test_comboBoxFindsARowByItsFirstLetter() {
        const box = root.make(samplers);
        root.reach(box);
        keyClick("h");
        compare(box.owned, 2);
    }
    function test_comboBoxFollowsTheOwnerAfterAChoice() {
        const box = root.make(samplers);
        root.reach(box);
        keyClick(Qt.Key_Down);
        box.owned = 0;
        compare(box.currentIndex, 0);
        compare(box.displayText, "DDIM");
    }
    function test_comboBoxWheelNeedsTheKeyboardFocus() {
        const box = root.make(samplers);
        mouseWheel(box, 20, 10, 0, -120);
        compare(box.owned, 1);
        root.reach(box);
        mouseWheel(box, 20, 10, 0, -120);
        compare(box.owned, 2);
    }
    function test_comboBoxShowsPlainWordsWithoutRoles() {
        const box = root.make(words);
        mouseClick(box);
        tryCompare(box.popup, "opened", true);
        tryVerify(() => root.row(box, "Light"));
        keyClick(Qt.Key_Escape);
        tryCompare(box.popup, "visible", false);
    }
    function test_comboBoxDisabledDoesNotOpen() {
        const box = root.make(samplers, {enabled: false});
        mouseClick(box);
        verify(!box.popup.visible);
    }
    function test_comboBoxSaysItsNameAndHelp() {
        const box = root.make(samplers);
        compare(box.Accessible.name, "Sampler");
        root.verifyTooltip(box, "How noise goes");
    }

    function test_switchTogglesBySpaceAndByClick() {
        const item = root.make(switches);
        toggled.target = item;
        toggled.clear();
        root.reach(item);
        keyClick(Qt.Key_Space);
        verify(item.owned);
        mouseClick(item);
        verify(!item.owned);
        compare(toggled.count, 2);
    }
    function test_switchFollowsTheOwnerAfterAToggle() {
        const item = root.make(switches);
        mouseClick(item);
        item.owned = false;
        verify(!item.checked);
    }
    function test_switchKnobStandsAtTheSideOfItsState() {
        const item = root.make(switches);
        const knob = item.indicator.children[0];
        tryVerify(() => knob.x < item.indicator.width / 2 - knob.width / 2);
        mouseClick(item);
        tryVerify(() => knob.x > item.indicator.width / 2 - knob.width / 2);
    }
    function test_switchDisabledTakesNothing() {
        const item = root.make(switches, {enabled: false});
        mouseClick(item);
        keyClick(Qt.Key_Space);
        verify(!item.checked);
    }
    function test_switchLeavesRoomForItsWords() {
        const item = root.make(switches);
        const label = root.labelled(item, "EMA");
        verify(label);
        verify(!label.truncated);
        verify(label.leftPadding > item.indicator.width);
        compare(item.Accessible.name, "EMA");
        root.verifyTooltip(item, "Keeps a running average");
    }
}
