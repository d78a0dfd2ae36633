// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Controls
import Darkroom.Runs
import Darkroom.RunModels

ControlCase {
    id: root

    name: "RunsPage"

    Component {
        id: rows

        RunRow {
            property int choices: 0

            width: 248
            index: 0
            model: ({ "state": RunState.Training })
            path: "/runs/b"
            name: "synthetic B"
            depth: 1
            lastChild: true
            seriesIndex: 1
            stateText: "training"
            place: "epoch 21"
            timeLeft: "25 h 20 min left"
            help: "synthetic B\nphase 3, synthetic"
            lossText: "0.1193"
            progress: 0.612
            warning: ""
            onChosen: choices += 1
        }
    }
    Component {
        id: tiles

        SampleTile {
            property list<string> asked

            index: 2
            imageUrl: ""
            besideUrl: ""
            compared: false
            category: "food"
            prompt: "a bowl of soup"
            help: "a bowl of soup"
            lossText: "0.131"
            forgotten: false
            step: 1500
            side: 116
            onChosen: asked.push("chosen")
            onOpened: asked.push("opened")
            onWiped: place => asked.push("wiped " + place.toFixed(2))
        }
    }
    Component {
        id: batchPictures

        BatchPicture {
            property int taps: 0

            index: 0
            imageUrl: ""
            caption: "a bowl of soup"
            help: "a bowl of soup\nfood, noise level 412"
            side: 48
            onTapped: taps += 1
        }
    }
    Component {
        id: heads

        HeadButton {
            property int clicks: 0

            text: "Pause"
            iconName: "pause"
            onClicked: clicks += 1
        }
    }

    function test_aLiveRunSaysWhenItIsDone(): void {
        const item = root.make(rows);
        verify(root.labelled(item, "epoch 21, 25 h 20 min left"));
        verify(root.labelled(item, "0.1193"));
        verify(item.Accessible.name.indexOf("training") >= 0);
    }
    function test_aRunThatRestsSaysOnlyWhereItStands(): void {
        const item = root.make(rows, { "model": ({ "state": RunState.Paused }), "stateText": "paused", "timeLeft": "" });
        verify(root.labelled(item, "epoch 21"));
        verify(root.labelled(item, "paused"));
    }
    function test_aRunInTroubleIsMarkedAndSaysWhy(): void {
        const item = root.make(rows, { "warning": "No step for 2 min.\nIt may be saving." });
        const mark = root.part(item, child => child instanceof StateIcon && child.visible && child.kind === "warning");
        verify(mark, "there is a warning");
        verify(item.Accessible.name.indexOf("No step for 2 min.") > 0);
        item.warning = "";
        verify(!root.part(item, child => child instanceof StateIcon && child.visible && child.kind === "warning"));
    }
    function test_aSampleWithoutAPictureShowsItsCaption(): void {
        const item = root.make(batchPictures);
        verify(root.labelled(item, "a bowl of soup"));
        compare(item.Accessible.name, "a bowl of soup\nfood, noise level 412");
        mouseClick(item);
        compare(item.taps, 1);
    }
    function test_aClickChoosesTheRun(): void {
        const item = root.make(rows);
        mouseClick(item);
        compare(item.choices, 1);
    }
    function test_aSampleIsChosenByAClickAndOpenedByTwo(): void {
        const item = root.make(tiles);
        mouseClick(item, 20, 20);
        compare(item.asked[0], "chosen");
        mouse.doubleClick(item, 20, 20);
        verify(item.asked.indexOf("opened") > 0);
    }
    function test_aForgottenSourceIsMarkedBesideItsLoss(): void {
        const item = root.make(tiles, { "forgotten": true });
        verify(root.labelled(item, "0.131"));
        const mark = root.part(item, child => child instanceof StateIcon && child.visible);
        verify(mark, "there is a warning");
        compare(mark.kind, "warning");
        item.forgotten = false;
        verify(!root.part(item, child => child instanceof StateIcon && child.visible));
    }
    function test_overStepsATileSaysItsStep(): void {
        const item = root.make(tiles, { "ofSteps": true });
        verify(root.labelled(item, "1,500"));
    }
    function test_theEdgeFollowsThePointerOnlyWhereThereAreTwo(): void {
        const item = root.make(tiles);
        mouseMove(item, 29, 40);
        compare(item.asked.length, 0);
        item.compared = true;
        mouseMove(item, 34, 40);
        mouseMove(item, 33, 40);
        compare(item.asked[item.asked.length - 1], "wiped 0.25");
    }
    function test_aTightButtonKeepsItsNameForReaders(): void {
        const item = root.make(heads, { "tight": true });
        verify(!root.labelled(item, "Pause"));
        compare(item.Accessible.name, "Pause");
        verify(item.width < 60);
        root.reach(item);
        keyClick(Qt.Key_Return);
        compare(item.clicks, 1);
    }
}
