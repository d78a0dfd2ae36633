// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Controls
import Darkroom.Plans

ControlCase {
    id: root

    name: "PlansPage"

    function setting(changes: var): var {
        return Object.assign({ "key": "phase.epochs", "label": "Epochs", "kind": "slider", "number": 10, "factor": 1, "unit": "epochs", "text": "",
                                 "choices": [], "choiceNames": [], "note": "", "overrides": false, "problem": "" }, changes);
    }

    Component {
        id: rows

        Column {
            property var given
            property list<string> asked
            property int inherits: 0
            readonly property Item row: only

            width: 400
            SettingRow {
                id: only

                width: 400
                setting: parent.given
                onEdited: value => parent.asked.push(String(value))
                onInheritAsked: parent.inherits += 1
            }
        }
    }
    Component {
        id: sources

        SourceSlider {
            property list<string> asked

            width: 400
            index: 0
            name: "laion"
            path: "/data/laion"
            rowsText: "213,458"
            passesText: "0.50 × an epoch"
            percent: 60
            locked: false
            band: 0
            problem: ""
            alone: false
            onShareAsked: share => asked.push("share " + share)
            onLockAsked: on => asked.push("lock " + on)
            onRemoveAsked: asked.push("remove")
        }
    }

    function field(item: Item): Item {
        const found = root.part(item, child => child instanceof Field && child.visible);
        verify(found, "there is a field");
        return found;
    }

    function test_aNumberIsShownAndAskedFor(): void {
        const item = root.make(rows, { "given": root.setting({}) });
        const shown = root.field(item);
        compare(shown.text, "10");
        root.reach(shown);
        keyClick(Qt.Key_Up);
        compare(item.asked, ["11"]);
    }
    function test_aRateIsTypedAsAPower(): void {
        const item = root.make(rows, { "given": root.setting({ "key": "phase.peak_lr", "label": "Peak learning rate", "kind": "power", "number": 1e-5, "unit": "" }) });
        const shown = root.field(item);
        compare(shown.text, "1e-5");
        root.reach(shown);
        root.clear();
        root.type("2e-6");
        keyClick(Qt.Key_Return);
        compare(Number(item.asked[0]), 2e-6);
    }
    function test_aProblemStandsBesideItsField(): void {
        const item = root.make(rows, { "given": root.setting({ "problem": "is 0: nothing would be learned" }) });
        verify(root.labelled(item, "is 0: nothing would be learned"));
    }
    function test_whatFollowsFromAValueIsSaid(): void {
        const item = root.make(rows, { "given": root.setting({ "note": "420 steps" }) });
        verify(root.labelled(item, "420 steps"));
    }
    function test_onlyAnOwnValueCanBeGivenUp(): void {
        const item = root.make(rows, { "given": root.setting({}) });
        verify(!root.part(item, child => child instanceof IconButton && child.visible));
        item.given = root.setting({ "overrides": true });
        const button = root.part(item, child => child instanceof IconButton && child.visible);
        verify(button, "the phase's own value can be given up");
        mouseClick(button);
        compare(item.inherits, 1);
    }
    function test_aSwitchAsksForTheOther(): void {
        const item = root.make(rows, { "given": root.setting({ "key": "ema.warmup", "label": "EMA warm-up", "kind": "switch", "number": 1 }) });
        const control = root.part(item, child => child instanceof Switch);
        verify(control.checked);
        root.reach(control);
        keyClick(Qt.Key_Space);
        compare(item.asked, ["false"]);
    }
    function test_aChoiceHasItsNamesAndAsksForItsWord(): void {
        const item = root.make(rows, { "given": root.setting({ "key": "phase.prediction", "label": "Prediction", "kind": "choice", "text": "v_prediction",
                                                                 "choices": ["epsilon", "v_prediction"], "choiceNames": ["Noise", "v"] }) });
        const box = root.part(item, child => child instanceof ComboBox);
        compare(box.displayText, "v");
        root.reach(box);
        keyClick(Qt.Key_Up);
        compare(item.asked, ["epsilon"]);
    }
    function test_sharesAreAskedForLockedAndRemoved(): void {
        const item = root.make(sources);
        const buttons = [];
        root.part(item, child => {
            if (child instanceof IconButton)
                buttons.push(child);
            return false;
        });
        compare(buttons.length, 2);
        mouseClick(buttons[0]);
        mouseClick(buttons[1]);
        compare(item.asked, ["lock true", "remove"]);
        const slider = root.part(item, child => child instanceof Slider);
        root.reach(slider);
        keyClick(Qt.Key_Right);
        compare(item.asked[2], "share 61");
    }
    function test_aLockedShareCannotBeMoved(): void {
        const item = root.make(sources, { "locked": true });
        verify(!root.part(item, child => child instanceof Slider).enabled);
        verify(!root.field(item).enabled);
    }
    function test_theOnlySourceHasAll(): void {
        const item = root.make(sources, { "alone": true, "percent": 100 });
        verify(!root.part(item, child => child instanceof Slider).enabled);
        verify(!root.part(item, child => child instanceof IconButton && child.enabled));
    }
}
