// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Controls

ControlCase {
    id: root

    name: "Slider"

    Component {
        id: rows

        SliderRow {
            property real owned: 20
            property list<real> asked

            width: 320
            label: "Steps"
            help: "How many"
            value: owned
            from: 0
            to: 100
            defaultValue: 28
            onEdited: newValue => {
                asked.push(newValue);
                owned = newValue;
            }
        }
    }
    Component {
        id: stubborn

        SliderRow {
            width: 320
            label: "Steps"
            value: 20
            onEdited: { }
        }
    }

    function handleX(slider: Item): real {
        return slider.handle.x + slider.handle.width / 2;
    }
    function dragTo(slider: Item, fromX: real, toX: real): void {
        const y = slider.height / 2;
        mousePress(slider, fromX, y);
        for (let i = 1; i <= 10; ++i)
            mouseMove(slider, fromX + (toX - fromX) * i / 10, y);
        mouseRelease(slider, toX, y);
    }
    function slider(row: Item): Item {
        return root.named(row, "slider");
    }
    function field(row: Item): Item {
        return root.named(row, "field");
    }

    function test_dragMovesTheValueWithThePointer() {
        const row = root.make(rows);
        const slider = root.slider(row);
        root.dragTo(slider, root.handleX(slider), slider.width / 2);
        fuzzyCompare(row.owned, 50, 1);
        fuzzyCompare(root.handleX(slider), slider.width / 2, 2);
        compare(root.field(row).text, String(row.owned));
    }
    function test_dragBeyondAnEndStopsThere() {
        const row = root.make(rows);
        const slider = root.slider(row);
        root.dragTo(slider, root.handleX(slider), slider.width + 60);
        compare(row.owned, 100);
        root.dragTo(slider, slider.width - 1, -60);
        compare(row.owned, 0);
    }
    function test_clickOnTheTrackGoesThere() {
        const row = root.make(rows);
        const slider = root.slider(row);
        mouseClick(slider, slider.width * 0.75, slider.height / 2);
        fuzzyCompare(row.owned, 75, 1);
    }
    function test_clickOnTheHandleChangesNothing_data() {
        return [{tag: "near the start", at: 10}, {tag: "before the middle", at: 30}, {tag: "near the end", at: 90}];
    }
    function test_clickOnTheHandleChangesNothing(data) {
        const row = root.make(rows, {owned: data.at});
        const slider = root.slider(row);
        mouseClick(slider, root.handleX(slider), slider.height / 2);
        compare(row.owned, data.at);
    }
    function test_arrowsStepByOneAndStopAtTheEnds() {
        const row = root.make(rows, {owned: 99});
        root.reach(root.slider(row));
        for (const expected of [100, 100]) {
            keyClick(Qt.Key_Right);
            compare(row.owned, expected);
        }
        row.owned = 1;
        for (const expected of [0, 0]) {
            keyClick(Qt.Key_Left);
            compare(row.owned, expected);
        }
    }
    function test_pageKeysStepByTenAndStopAtTheEnds() {
        const row = root.make(rows, {owned: 85});
        root.reach(root.slider(row));
        for (const expected of [95, 100, 100]) {
            keyClick(Qt.Key_PageUp);
            compare(row.owned, expected);
        }
        keyClick(Qt.Key_PageDown);
        compare(row.owned, 90);
    }
    function test_wheelStepsByOneAndStopsAtTheEnd() {
        const row = root.make(rows, {owned: 99});
        const slider = root.slider(row);
        for (const expected of [100, 100]) {
            mouseWheel(slider, 60, 14, 0, 120);
            compare(row.owned, expected);
        }
        mouseWheel(slider, 60, 14, 0, -120);
        compare(row.owned, 99);
    }
    function test_doubleClickResetsToTheDefault_data() {
        return [{tag: "on the handle", share: 0.2}, {tag: "beside the handle", share: 0.8}];
    }
    function test_doubleClickResetsToTheDefault(data) {
        const row = root.make(rows);
        const slider = root.slider(row);
        mouse.doubleClick(slider, slider.width * data.share, slider.height / 2);
        tryCompare(row, "owned", 28);
        compare(slider.value, 28);
        compare(root.field(row).text, "28");
    }
    function test_followsTheOwnerAfterEveryWayOfMoving_data() {
        return [{tag: "arrow", key: Qt.Key_Right}, {tag: "page", key: Qt.Key_PageUp}];
    }
    function test_followsTheOwnerAfterEveryWayOfMoving(data) {
        const row = root.make(rows);
        const slider = root.slider(row);
        root.reach(slider);
        keyClick(data.key);
        verify(row.owned !== 20);
        row.owned = 64;
        compare(slider.value, 64);
        compare(root.field(row).text, "64");
    }
    function test_followsTheOwnerAfterADrag() {
        const row = root.make(rows);
        const slider = root.slider(row);
        root.dragTo(slider, root.handleX(slider), slider.width / 2);
        row.owned = 5;
        compare(slider.value, 5);
    }
    function test_fieldMayGoFurtherThanTheSlider() {
        const row = root.make(rows, {sliderTo: 50});
        const slider = root.slider(row);
        root.reach(root.field(row));
        root.clear();
        root.type("80");
        keyClick(Qt.Key_Return);
        compare(row.owned, 80);
        compare(slider.value, 50);
    }
    function test_keysAtTheEndOfTheSliderDoNotPullALargerValueBack_data() {
        return [{tag: "arrow", key: Qt.Key_Right}, {tag: "page", key: Qt.Key_PageUp}];
    }
    function test_keysAtTheEndOfTheSliderDoNotPullALargerValueBack(data) {
        const row = root.make(rows, {sliderTo: 50, owned: 80});
        root.reach(root.slider(row));
        keyClick(data.key);
        compare(row.owned, 80);
    }
    function test_fineStepsLeaveNoBinaryDust() {
        const row = root.make(rows, {to: 1, stepSize: 0.05, decimals: 2, owned: 0});
        root.reach(root.slider(row));
        for (let i = 0; i < 3; ++i)
            keyClick(Qt.Key_Right);
        compare(row.owned, 0.15);
    }
    function test_fieldKeepsTheValueOfAnOwnerThatRefuses() {
        const row = root.make(stubborn);
        root.reach(root.slider(row));
        keyClick(Qt.Key_Right);
        compare(row.value, 20);
        compare(root.field(row).text, "20");
    }
    function test_disabledRowTakesNothing() {
        const row = root.make(rows);
        const slider = root.slider(row);
        row.enabled = false;
        mouseClick(slider, slider.width * 0.75, slider.height / 2);
        mouse.doubleClick(slider, slider.width * 0.75, slider.height / 2);
        mouseWheel(slider, 60, 14, 0, 120);
        compare(row.asked.length, 0);
    }
    function test_bothPartsSayTheNameOfTheRow() {
        const row = root.make(rows);
        compare(root.slider(row).Accessible.name, "Steps");
        compare(root.field(row).Accessible.name, "Steps");
        verify(root.labelled(row, "Steps"));
        root.verifyTooltip(root.slider(row), "How many");
    }
}
