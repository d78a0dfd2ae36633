// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Controls
import Darkroom.Datasets

ControlCase {
    id: root

    name: "DatasetsPage"

    Component {
        id: cards

        SourceCard {
            property int taps: 0

            width: 232
            index: 0
            key: "laion"
            title: "LAION"
            kind: "parquet metadata"
            detail: "128 files"
            countText: "52,184,331"
            countUnit: "rows"
            picture: ""
            problem: ""
            onTapped: taps += 1
        }
    }
    Component {
        id: stages

        StageColumn {
            property list<string> asked

            width: 180
            height: 100
            index: 1
            key: "download"
            title: "Download"
            state_: "running"
            progress: 0.314
            percentText: "31.4 %"
            line: "412,806 of 1,315,411"
            detail: "1,240 images/s · 12 min left"
            quarantined: 9318
            anew: false
            problem: ""
            log: ""
            onTapped: asked.push("tap")
            onQuarantineAsked: asked.push("quarantine")
            onAnewAsked: asked.push("anew")
        }
    }
    Component {
        id: walls

        WallPanel {
            width: 480
            height: 300
            datasets: bench.datasets
        }
    }
    Component {
        id: rules

        FilterRow {
            width: 376
            index: 0
            kind: "range"
            title: "Aesthetic score"
            on: true
            keepsEmpty: false
            emptyText: ""
            hasLow: true
            hasHigh: false
            low: 5
            high: 0
            lowSign: "≥"
            highSign: "≤"
            from: 0
            to: 10
            step: 0.1
            decimals: 1
            unit: ""
            bars: [0.1, 0.9, 0.3]
            words: ""
            pattern: ""
            notPattern: ""
            dictionary: ""
            aloneText: "1,234"
            inOrderText: "12"
            onlyText: "3"
            pending: false
            problem: ""
            datasets: bench.datasets
        }
    }
    Component {
        id: rows

        WallTile {
            width: 112
            height: 152
            index: 0
            row: 7
            known: true
            value: "5.53"
            size: "512 × 512"
            caption: "a red boat"
            name: "000001.tar::7"
            kept: true
            byHand: false
            reason: "Kept by every rule"
            picture: ""
            datasets: bench.datasets
        }
    }
    Component {
        id: drops

        DropPlace {
            property int asks: 0

            width: 200
            height: 52
            onAsked: asks += 1
        }
    }
    Component {
        id: figures

        FigureBlock {
            width: 300
            title: "Width"
            fromText: "64"
            toText: "4,000"
            detail: "half of the rows between 512 and 1,024"
            bars: [0.2, 1, 0.5]
        }
    }

    function test_aMillionRowsAreCountedToTheLastOne(): void {
        bench.datasets.view = "kept";
        const wall = root.make(walls);
        bench.fillWall(1234567);
        verify(root.labelled(wall, "Rows 1 to 60,000 of 1,234,567"));
        bench.datasets.wall.showFrom(1200000);
        verify(root.labelled(wall, "Rows 1,200,001 to 1,234,567 of 1,234,567"));
        bench.fillWall(12345);
        verify(root.labelled(wall, "12,345 rows"));
    }
    function tiles(item: Item): int {
        let count = item instanceof WallTile && item.visible ? 1 : 0;
        for (let i = 0; i < item.children.length; ++i)
            count += root.tiles(item.children[i]);
        return count;
    }
    function test_aWallIsMadeLineByLine(): void {
        bench.datasets.view = "kept";
        bench.fillWall(0);
        const wall = root.make(walls, { "width": 460, "height": 470, "side": 40 });
        bench.fillWall(12345);
        waitForRendering(root);
        const first = root.tiles(wall);
        // 9 columns and about 4 lines of 88 pixels in all.
        verify(first > 0 && first <= 18, "the first frame makes two lines at most, not " + first);
        tryVerify(() => root.tiles(wall) >= 36);
    }
    function test_aTileSaysNothingTwice(): void {
        const tile = root.make(rows);
        verify(root.labelled(tile, "a red boat"));
        verify(root.labelled(tile, "000001.tar::7"), "without a picture its name stands below its caption");
        tile.picture = bench.picture("tile.png", 64, 64);
        tryVerify(() => !tile.worded);
        tryVerify(() => root.labelled(tile, "a red boat"));
        verify(!root.labelled(tile, "000001.tar::7"));
    }
    function test_theMenuOfARuleIsMadeWhenItIsAskedFor(): void {
        const row = root.make(rules);
        const button = root.part(row, child => child instanceof FilterMenuButton);
        verify(!button.menu);
        root.reach(button);
        keyClick(Qt.Key_Return);
        tryVerify(() => button.menu && button.menu.visible);
        compare(button.menu.itemAt(0).text, "Keep rows without a value");
        compare(button.menu.itemAt(1).enabled, false);  // its only bound stays
        compare(button.menu.itemAt(2).text, "Set an upper bound");
        keyClick(Qt.Key_Escape);
        tryVerify(() => !button.menu.visible);
    }
    function test_aWordRuleHasFields(): void {
        const row = root.make(rules, { "kind": "texts", "hasLow": false, "words": "en, de" });
        compare(root.named(row, "words").text, "en, de");
        verify(root.named(row, "pattern").visible);
    }
    function test_aSourceSaysWhatItIsAndIsChosen(): void {
        const card = root.make(cards);
        verify(root.labelled(card, "LAION"));
        verify(root.labelled(card, "52,184,331"));
        mouseClick(card, 100, 30);
        compare(card.taps, 1);
    }
    function test_aSourceWhoseFilesAreGoneSaysSo(): void {
        const card = root.make(cards, { "problem": "Its files are gone." });
        verify(root.labelled(card, "Its files are gone."));
        verify(!root.labelled(card, "128 files"));
    }
    function test_aRunningStageShowsHowFarItIs(): void {
        const stage = root.make(stages);
        verify(root.labelled(stage, "31.4 %"));
        verify(root.labelled(stage, "412,806 of 1,315,411"));
        const bar = root.part(stage, child => child instanceof ProgressBar);
        fuzzyCompare(bar.value, 0.314, 1e-6);
        verify(bar.live);
    }
    function test_aFailedStageSaysWhy(): void {
        const stage = root.make(stages, { "state_": "failed", "problem": "the disk is full", "quarantined": 0 });
        verify(root.labelled(stage, "the disk is full"));
        verify(!root.labelled(stage, "31.4 %"));
    }
    function test_aStageIsChosen(): void {
        const stage = root.make(stages, { "quarantined": 0 });
        mouseClick(stage, 90, 10);
        compare(stage.asked, ["tap"]);
    }
    function test_aDownloadWithOtherRulesIsStartedAnew(): void {
        const stage = root.make(stages, { "state_": "failed", "anew": true, "quarantined": 0 });
        verify(!root.named(stage, "anew").visible);
        mouseMove(stage, 90, 60);
        tryVerify(() => root.named(stage, "anew").visible && root.named(stage, "anew").x > 0);
        mouseClick(root.named(stage, "anew"));
        compare(stage.asked, ["anew"]);
    }
    function test_theKeyboardReachesTheDropPlace(): void {
        const place = root.make(drops);
        root.reach(place);
        keyClick(Qt.Key_Return);
        compare(place.asks, 1);
    }
    function test_aFigureNamesItsEnds(): void {
        const figure = root.make(figures);
        verify(root.labelled(figure, "64"));
        verify(root.labelled(figure, "4,000"));
    }
}
