// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Controls
import Darkroom.Datasets
import Darkroom.DatasetModels

/// The audit and the mixture of the Datasets page. bench.datasets: a source that was audited, and the datasets birds and faces.
ControlCase {
    id: root

    name: "DatasetSides"

    Component {
        id: buttons

        SideStageButton {
            property int clicks: 0

            stage: bench.datasets.audit
            help: "Looks at every picture"
            onClicked: clicks += 1
        }
    }
    Component {
        id: findings

        AuditFindings {
            width: 460
            height: 400
            audit: bench.datasets.audit
        }
    }
    Component {
        id: editors

        MixtureEditor {
            width: 470
            height: 460
            mixtures: bench.datasets.mixtures
        }
    }
    Component {
        id: parts

        MixtureRow {
            property list<string> asked

            width: 440
            index: 0
            path: "/data/birds"
            title: "Birds"
            rowsText: "300 to train on"
            on: true
            percent: 60
            rows: 300
            limit: 0
            passesText: "0.80 × an epoch"
            problem: ""
            band: 0
            onOnAsked: on => asked.push("on " + on)
            onShareAsked: percent => asked.push("share " + percent)
            onLimitAsked: rows => asked.push("limit " + rows)
        }
    }

    function init(): void {
        tryCompare(bench.datasets, "current", "audited");
        tryCompare(bench.datasets, "state", DatasetsViewModel.Ready);  // its pictures can be read
        bench.datasets.audit.kind = "tiny";
        bench.datasets.mixtures.create();
    }

    function test_theButtonSaysWhatTheAuditFound(): void {
        const button = root.make(buttons);
        verify(root.labelled(button, "Audit"));
        verify(root.part(button, child => child instanceof Label && child.text.startsWith("3 finding") && child.visible), "the line of the audit stands in it");
        mouseClick(button);
        compare(button.clicks, 1);
        root.reach(button);
        keyClick(Qt.Key_Return);
        compare(button.clicks, 2);
    }
    function test_kindsStandWithTheirCountsAndTheirPictures(): void {
        const view = root.make(findings);
        const kinds = root.named(view, "kinds");
        compare(kinds.count, 2);
        compare(kinds.itemAtIndex(0).title, "Too small");
        verify(root.labelled(kinds.itemAtIndex(0), "2"));
        const pictures = root.named(view, "pictures");
        tryCompare(pictures, "count", 2);
        mouseClick(kinds.itemAtIndex(1));
        tryCompare(pictures, "count", 1);
        tryVerify(() => pictures.itemAtIndex(0) !== null);
        const shown = root.part(pictures.itemAtIndex(0), child => child instanceof Image && String(child.source).startsWith("image://wall/key/"));
        verify(shown, "there is a picture");
        tryCompare(shown, "status", Image.Ready);
    }
    function test_theKeyboardGoesThroughKindsAndShowsAPictureLarge(): void {
        const view = root.make(findings);
        const pictures = root.named(view, "pictures");
        tryCompare(pictures, "count", 2);
        root.reach(root.named(view, "kinds"));
        keyClick(Qt.Key_Down);
        compare(bench.datasets.audit.kind, "duplicate");
        tryCompare(pictures, "count", 1);
        root.reach(pictures);
        pictures.currentIndex = 0;
        keyClick(Qt.Key_Return);
        compare(view.large, 0);
        verify(root.labelled(view, "demo-000000.tar::animals-birds-albino_peahen"));
        keyClick(Qt.Key_Escape);
        compare(view.large, -1);
    }
    function test_aPictureIsShownLargeByAClick(): void {
        const view = root.make(findings);
        const pictures = root.named(view, "pictures");
        tryCompare(pictures, "count", 2);
        tryVerify(() => pictures.itemAtIndex(1) !== null);
        mouseClick(pictures.itemAtIndex(1), 40, 40);
        compare(view.large, 1);
        verify(root.labelled(view, "the shorter side has 8 px"));
        mouseClick(root.named(view, "back"));
        compare(view.large, -1);
    }
    function test_aShareAndALimitAreTyped(): void {
        const row = root.make(parts);
        root.reach(root.named(row, "share"));
        root.clear();
        root.type("25");
        keyClick(Qt.Key_Return);
        compare(row.asked[0], "share 25");
        root.reach(root.named(row, "limit"));
        root.type("50x");
        keyClick(Qt.Key_Return);
        compare(row.asked[1], "limit 50");
    }
    function test_aDatasetThatCannotBeInSaysWhyAndIsNotSwitchedOn(): void {
        const row = root.make(parts, { "on": false, "problem": "its latents are not made yet" });
        verify(root.labelled(row, "its latents are not made yet"));
        mouseClick(root.named(row, "on"));
        compare(row.asked.length, 0);
        verify(!root.named(row, "share").visible);
    }
    function test_twoDatasetsMakeAMixture(): void {
        const editor = root.make(editors);
        const list = root.named(editor, "parts");
        const write = root.named(editor, "write");
        compare(list.count, 3);
        verify(!write.enabled);
        // audited is first and has no latents.
        mouseClick(root.named(list.itemAtIndex(1), "on"));
        verify(!write.enabled);
        mouseClick(root.named(list.itemAtIndex(2), "on"));
        compare(bench.datasets.mixtures.chosen, 2);
        verify(write.enabled);
        root.reach(root.named(list.itemAtIndex(2), "share"));
        root.clear();
        root.type("20");
        keyClick(Qt.Key_Return);
        fuzzyCompare(list.itemAtIndex(1).percent, 80, 1e-6);
        verify(root.labelled(list.itemAtIndex(1), "1.07 × an epoch"));
    }
    function test_aMixtureGetsAName(): void {
        const editor = root.make(editors);
        root.reach(root.named(editor, "name"));
        root.clear();
        root.type("broad");
        keyClick(Qt.Key_Return);
        compare(bench.datasets.mixtures.name, "broad");
        verify(bench.datasets.mixtures.file.endsWith("/datasets/mixtures/broad.json"));
    }
    function test_whatTheEngineCannotDoIsSaid(): void {
        const editor = root.make(editors);
        bench.datasets.mixtures.setOn(1, true);
        bench.datasets.mixtures.setOn(2, true);
        mouseClick(root.named(editor, "write"));
        tryCompare(bench.datasets.mixtures, "state", "failed");
        verify(root.part(editor, child => child instanceof Label && child.visible && child.text.includes("cannot be started")), "the reason stands in the sheet");
    }
}
