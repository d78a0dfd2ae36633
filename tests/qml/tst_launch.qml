// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import QtTest
import Darkroom.Controls
import Darkroom.Plans
import Darkroom.PlanModels

// The sheet that launches a plan: with the real plan, its launch, and an engine that trains or refuses.
ControlCase {
    id: root

    name: "LaunchSheet"
    width: 1400
    height: 880

    readonly property PlansViewModel plans: launchBench.plans
    readonly property PlanLaunch launch: launchBench.plans.launch

    Component {
        id: sheets

        Item {
            readonly property LaunchSheet sheet: only

            width: 600
            height: 600
            LaunchSheet {
                id: only

                plans: root.plans
            }
        }
    }
    Component {
        id: pages

        PlansPage {
            width: 1392
            height: 872
            shell: studioShell
            plans: root.plans
        }
    }
    SignalSpy {
        id: refusals

        target: root.launch
        signalName: "failed"
    }
    SignalSpy {
        id: starts

        target: root.launch
        signalName: "started"
    }

    function init(): void {
        mouseMove(root, root.width - 1, root.height - 1);
        tryVerify(() => root.launch.ready, 15000, "the plan can be launched");
        root.launch.devices = "cpu, cpu";
        launchBench.forget();
        refusals.clear();
        starts.clear();
    }
    /// The sheet, open.
    function opened(): LaunchSheet {
        const sheet = root.make(sheets).sheet;
        sheet.open();
        tryVerify(() => sheet.opened);
        return sheet;
    }
    function field(sheet: LaunchSheet, label: string): Item {
        const found = root.part(sheet.contentItem, child => child instanceof Field && child.label === label);
        verify(found, "there is a field " + label);
        return found;
    }
    function runName(sheet: LaunchSheet): Item {
        return root.field(sheet, "Name of the run");
    }
    function button(item: Item, words: string): Item {
        const found = root.part(item, child => child instanceof Button && child.text === words);
        verify(found, "there is a button " + words);
        return found;
    }
    function retype(field: Item, words: string): void {
        root.reach(field);
        root.clear();
        root.type(words);
        compare(field.text, words);
    }
    function problem(sheet: LaunchSheet): Item {
        const mark = root.part(sheet.contentItem, child => child instanceof StateIcon && child.kind === "error");
        return mark && mark.visible ? root.part(mark.parent, child => child instanceof Label) : null;
    }
    /// Nothing more comes from the engine, and this is what it was asked.
    function verifyLaunches(count: int): void {
        tryVerify(() => launchBench.launches().length >= count, 10000);
        tryVerify(() => root.launch.ready, 15000);
        compare(launchBench.launches().length, count);
    }

    function test_itOffersANameTheDevicesAndWhatIsReadAndWritten(): void {
        const free = root.launch.freeName();
        verify(free.startsWith("pocket-demo"), free);
        const sheet = root.opened();
        verify(root.labelled(sheet.contentItem, "Launch pocket demo"));
        compare(root.runName(sheet).text, free);
        verify(root.runName(sheet).activeFocus, "the name can be typed over at once");
        compare(root.field(sheet, "Devices").text, "cpu, cpu");
        verify(root.launch.lines.length >= 2);
        for (const line of root.launch.lines)
            verify(root.labelled(sheet.contentItem, line), line);
        verify(root.labelled(sheet.contentItem, "Reads datasets/demo"));
        verify(!root.problem(sheet));
        verify(sheet.height <= root.height && sheet.contentItem.implicitHeight <= sheet.height);
    }
    function test_itsNameIsAFreeOneEachTime(): void {
        const sheet = root.opened();
        const first = root.runName(sheet).text;
        root.retype(root.runName(sheet), "other");
        sheet.close();
        tryVerify(() => !sheet.visible);
        launchBench.makeRun(first);
        sheet.open();
        tryVerify(() => sheet.opened);
        verify(root.runName(sheet).text !== first && root.runName(sheet).text !== "other", root.runName(sheet).text);
    }
    function test_enterLaunchesOnceUnderTheNameAndOnTheDevices(): void {
        const sheet = root.opened();
        root.retype(root.field(sheet, "Devices"), "cpu");
        root.retype(root.runName(sheet), "by enter");
        keyClick(Qt.Key_Return);
        verify(!root.launch.ready, "it is on its way");
        keyClick(Qt.Key_Return);
        keyClick(Qt.Key_Enter);
        tryCompare(starts, "count", 1, 15000);
        root.verifyLaunches(1);
        compare(refusals.count, 0);
        const asked = launchBench.launches()[0];
        verify(asked.indexOf("--name=by enter") > 0, asked);
        verify(/--devices cpu( |$)/.test(asked), asked);
        verify(asked.indexOf("runs/by enter") > 0, asked);
    }
    function test_theButtonLaunchesOnce(): void {
        const sheet = root.opened();
        root.retype(root.runName(sheet), "by button");
        const go = root.button(sheet.contentItem, "Launch");
        verify(go.enabled);
        mouseClick(go);
        verify(!go.enabled, "not a second time");
        mouseClick(go);
        tryCompare(starts, "count", 1, 15000);
        root.verifyLaunches(1);
        compare(refusals.count, 0);
        verify(launchBench.launches()[0].indexOf("--devices cpu,cpu") > 0, launchBench.launches()[0]);
    }
    function test_tabReachesTheButtonsAndReturnPressesThem(): void {
        const sheet = root.opened();
        root.retype(root.runName(sheet), "by tab");
        const go = root.button(sheet.contentItem, "Launch");
        for (let i = 0; i < 6 && !go.activeFocus; ++i)
            keyClick(Qt.Key_Tab);
        verify(go.activeFocus, "Tab comes to the button");
        keyClick(Qt.Key_Return);
        tryCompare(starts, "count", 1, 15000);
        root.verifyLaunches(1);
    }
    function test_escapeAndCancelLaunchNothing(): void {
        const sheet = root.opened();
        keyClick(Qt.Key_Escape);
        tryVerify(() => !sheet.visible);
        sheet.open();
        tryVerify(() => sheet.opened);
        mouseClick(root.button(sheet.contentItem, "Cancel"));
        tryVerify(() => !sheet.visible);
        verify(root.launch.ready);
        compare(launchBench.launches(), []);
    }
    function test_aNameIsNeeded(): void {
        const sheet = root.opened();
        root.reach(root.runName(sheet));
        root.clear();
        keyClick(Qt.Key_Space);
        verify(!root.button(sheet.contentItem, "Launch").enabled);
        keyClick(Qt.Key_Return);
        verify(root.launch.ready);
        compare(refusals.count, 0);
        compare(launchBench.launches(), []);
    }
    function test_aNameThatIsTakenIsSaidInTheSheet(): void {
        launchBench.makeRun("taken");
        const sheet = root.opened();
        root.retype(root.runName(sheet), "taken");
        mouseClick(root.button(sheet.contentItem, "Launch"));
        compare(refusals.count, 1);
        verify(sheet.visible);
        verify(root.problem(sheet), "the sheet says why");
        compare(root.problem(sheet).text, refusals.signalArguments[0][0]);
        verify(root.problem(sheet).text.indexOf("taken") > 0);
        compare(launchBench.launches(), []);
        root.reach(root.runName(sheet));
        keyClick(Qt.Key_End);
        keyClick("2");
        verify(!root.problem(sheet), "another name is another launch");
    }
    function test_whatTheEngineRefusesIsSaidInTheSheet(): void {
        const sheet = root.opened();
        root.retype(root.runName(sheet), "refused");
        keyClick(Qt.Key_Return);
        tryCompare(refusals, "count", 1, 15000);
        verify(sheet.visible);
        compare(root.problem(sheet).text, "cuda:9: there is no such device.");
        compare(starts.count, 0);
        verify(root.button(sheet.contentItem, "Launch").enabled, "it can be tried again");
        tryVerify(() => sheet.contentItem.implicitHeight <= sheet.height, 1000, "the sheet has room for it");
        sheet.close();
        tryVerify(() => !sheet.visible);
        sheet.open();
        tryVerify(() => sheet.opened);
        verify(!root.problem(sheet), "it was of the last launch");
    }
    function test_aPlanWithAProblemCannotBeLaunched(): void {
        root.plans.removeSource(0);
        try {
            verify(!root.launch.ready);
            const sheet = root.opened();
            verify(!root.button(sheet.contentItem, "Launch").enabled);
            root.reach(root.runName(sheet));
            keyClick(Qt.Key_Return);
            compare(refusals.count, 0);
            compare(launchBench.launches(), []);
        } finally {
            root.plans.undo();
        }
        tryVerify(() => root.launch.ready);
    }
    function test_devicesThatAreNoneStayWhatTheyWere(): void {
        const sheet = root.opened();
        const devices = root.field(sheet, "Devices");
        root.retype(devices, " cpu ,");
        keyClick(Qt.Key_Return);
        compare(root.launch.devices, "cpu");
        compare(devices.text, "cpu");
        root.reach(devices);
        root.clear();
        root.reach(root.runName(sheet));
        compare(root.launch.devices, "cpu");
        compare(devices.text, "cpu", "the field shows what will be used");
        root.launch.devices = "cpu, cpu";
        compare(devices.text, "cpu, cpu");
    }
    function test_aRunThatStartsIsShownOnTheRunsPage(): void {
        const before = studioShell.page;
        studioShell.page = "plans";
        try {
            const page = root.make(pages);
            mouseClick(root.button(page, "Launch…"));
            const overlay = root.T.Overlay.overlay;
            tryVerify(() => root.labelled(overlay, "Launch pocket demo") !== null);
            const go = root.button(overlay, "Launch");
            tryVerify(() => go.visible && go.enabled);
            wait(50);  // the sheet has its size
            mouseClick(go);
            tryCompare(studioShell, "page", "runs", 15000);
            tryVerify(() => root.labelled(overlay, "Launch pocket demo") === null);
            compare(starts.count, 1);
        } finally {
            studioShell.page = before;
        }
    }
}
