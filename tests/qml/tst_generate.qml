// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.Generate
import Darkroom.ViewModels

// Parts of the Generate page on a studio with the fake engine.
ControlCase {
    id: root

    name: "Generate"
    width: 640
    height: 640

    readonly property GenerateViewModel page: bench.generate

    Component {
        id: prompts

        PromptSection {
            width: 400
            title: "Prompt"
            text: root.page.prompt
            tokens: 3
            limit: 75
            markAt: -1
            onEdited: newText => root.page.prompt = newText
        }
    }
    Component {
        id: masks

        MaskCanvas {
            width: 400
            height: 400
            start: root.page.start
            view: CanvasView {}
            wantedWidth: 64
            wantedHeight: 64
        }
    }
    Component {
        id: starts

        StartSection {
            width: 288
            start: root.page.start
            live: root.page.live
        }
    }
    Component {
        id: loras

        LoraSection {
            width: 288
            loras: root.page.loras
            live: root.page.live
        }
    }
    Component {
        id: compares

        CompareCanvas {
            width: 400
            height: 400
            compare: root.page.compare
            view: CanvasView {}
        }
    }
    Component {
        id: grids

        GridCard {
            width: 440
            grid: root.page.grid
        }
    }
    Component {
        id: sheets

        GridSheet {
            width: 600
            height: 600
            grid: root.page.grid
            property var asked: 0
            onImageAsked: imageId => asked = imageId
        }
    }
    Component {
        id: pages

        GeneratePage {
            width: 1392
            height: 872
            shell: studioShell
            generate: root.page
            gallery: bench.gallery
        }
    }

    function area(item: Item): Item {
        return root.part(item, child => child instanceof TextEdit);
    }
    function chooseStart(): void {
        root.page.start.choose(bench.picture("start.png", 64, 64));
        tryVerify(() => root.page.start.width === 64);
    }
    function makePictures(count: int): void {
        const before = bench.gallery.total;
        root.page.prompt = "a boat";
        root.page.count = count;
        root.page.generate();
        tryVerify(() => bench.gallery.total === before + count, 20000);
        tryVerify(() => !root.page.busy);
    }

    function test_ctrlUpWeighsTheWordAndCtrlZTakesItBack() {
        root.page.prompt = "a red boat";
        const item = root.make(prompts);
        const text = root.area(item);
        root.reach(text);
        text.cursorPosition = 3;
        keyClick(Qt.Key_Up, Qt.ControlModifier);
        compare(root.page.prompt, "a (red:1.1) boat");
        compare(text.selectedText, "red");
        keyClick(Qt.Key_Up, Qt.ControlModifier);
        compare(root.page.prompt, "a (red:1.2) boat");
        keyClick(Qt.Key_Z, Qt.ControlModifier);
        compare(root.page.prompt, "a (red:1.1) boat");
        keyClick(Qt.Key_Z, Qt.ControlModifier);
        compare(root.page.prompt, "a red boat");
        text.select(2, 10);
        keyClick(Qt.Key_Down, Qt.ControlModifier);
        compare(root.page.prompt, "a (red boat:0.9)");
    }
    function test_theMouseAndTheWheelPaintAMask() {
        root.chooseStart();
        const item = root.make(masks);
        item.brush = 8;
        mousePress(item, 100, 200);
        mouseMove(item, 200, 200);
        mouseMove(item, 300, 200);
        mouseRelease(item, 300, 200);
        verify(root.page.start.masked);
        compare(bench.maskAt(32, 32), 255);
        compare(bench.maskAt(32, 10), 0);
        mouseWheel(item, 200, 200, 0, 120);
        verify(item.brush > 8, "the wheel makes the brush larger");
        keyClick(Qt.Key_BracketLeft);
        keyClick(Qt.Key_BracketLeft);
        verify(item.brush < 8, "[ makes it smaller");
        root.reach(item);
        keyClick(Qt.Key_Z, Qt.ControlModifier);
        verify(!root.page.start.masked);
        root.page.start.clear();
    }
    function test_theKeyboardAlonePaintsAMask() {
        root.chooseStart();
        const item = root.make(masks);
        root.reach(item);
        item.brush = 8;
        keyClick(Qt.Key_Space);
        for (let i = 0; i < 6; ++i)
            keyClick(Qt.Key_Right);
        keyClick(Qt.Key_Space);
        compare(bench.maskAt(32, 32), 255);
        compare(bench.maskAt(42, 32), 255);
        compare(bench.maskAt(20, 32), 0);
        keyClick(Qt.Key_I);
        compare(bench.maskAt(42, 32), 0);
        compare(bench.maskAt(20, 32), 255);
        keyClick(Qt.Key_X);
        verify(item.erases);
        keyClick(Qt.Key_Delete);
        verify(!root.page.start.masked);
        root.page.start.clear();
    }
    function test_startPictureShowsWhatItIsAndGoesAgain() {
        const item = root.make(starts);
        verify(root.labelled(item, "off"));
        root.chooseStart();
        verify(root.labelled(item, "start.png"));
        verify(root.labelled(item, "64 × 64 px"));
        const brush = root.part(item, child => child instanceof IconButton && child.iconName === "brush" && child.visible);
        root.reach(brush);
        keyClick(Qt.Key_Return);
        verify(root.page.start.painting);
        const away = root.part(item, child => child instanceof IconButton && child.iconName === "close" && child.visible);
        root.reach(away);
        keyClick(Qt.Key_Space);
        verify(root.labelled(item, "off"));
        verify(!root.page.start.painting);
    }
    function test_theShellIsToldWhatTheCanvasIsBusyWith() {
        root.make(pages);
        compare(studioShell.part, "");
        root.chooseStart();
        root.page.start.painting = true;
        compare(studioShell.part, "mask");
        root.makePictures(2);
        root.page.compare.start(root.page.canvasImageId, root.otherThan(root.page.canvasImageId));
        compare(studioShell.part, "compare");
        root.page.leave();
        compare(studioShell.part, "");
        root.page.start.clear();
    }
    function test_lorasAreScaledSwitchedAndRemovedByKey() {
        root.page.loras.addPath("/loras/film-grain.safetensors");
        const item = root.make(loras);
        verify(root.labelled(item, "film-grain"));
        const slider = root.part(item, child => child instanceof Slider && child.visible);
        root.reach(slider);
        keyClick(Qt.Key_Left);
        const field = root.part(item, child => child instanceof NumberField && child.visible);
        compare(field.value, 0.95);
        keyClick(Qt.Key_L);
        verify(slider.isLive, "L makes it live");
        keyClick(Qt.Key_L);
        verify(!slider.isLive);
        keyClick(Qt.Key_Delete);
        compare(root.page.loras.count, 0);
        verify(root.labelled(item, "None. Drop a LoRA file to add one."));
    }
    function test_lOnASliderMakesItLive() {
        const item = root.make(pages);
        const row = root.part(item, child => child instanceof ParameterRow && child.name === "cfg_scale");
        const slider = root.named(row, "slider");
        root.reach(slider);
        keyClick(Qt.Key_L);
        verify(slider.isLive);
        root.page.prompt = "a boat";
        keyClick(Qt.Key_Right);
        tryVerify(() => root.page.canvasNote.startsWith("Live"), 20000);
        keyClick(Qt.Key_L);
        verify(!slider.isLive);
        tryVerify(() => !root.page.live.busy, 20000);
    }
    function test_aAndBAndArrowsCompare() {
        root.makePictures(2);
        const item = root.make(pages);
        root.page.compare.start(bench.gallery.image(root.page.canvasImageId).imageId, root.otherThan(root.page.canvasImageId));
        verify(root.page.compare.on);
        keyClick(Qt.Key_A);
        compare(root.page.compare.wipe, 1);
        keyClick(Qt.Key_Left);
        fuzzyCompare(root.page.compare.wipe, 0.98, 0.001);
        keyClick(Qt.Key_B);
        compare(root.page.compare.wipe, 0);
        keyClick(Qt.Key_B);
        compare(root.page.compare.wipe, 0.5);
        root.page.leave();
        verify(!root.page.compare.on);
    }
    function otherThan(imageId: var): var {
        bench.gallery.selectedId = imageId;
        bench.gallery.selectNext(1);
        if (bench.gallery.selectedId === imageId)
            bench.gallery.selectNext(-1);
        return bench.gallery.selectedId;
    }
    function test_theEdgeIsDragged() {
        root.makePictures(2);
        root.page.compare.start(root.page.canvasImageId, root.otherThan(root.page.canvasImageId));
        const item = root.make(compares);
        const edge = root.part(item, child => child instanceof WipeEdge);
        mousePress(edge, edge.width / 2, edge.height / 2);
        mouseMove(item, 240, 200);
        mouseMove(item, 300, 200);
        mouseRelease(item, 300, 200);
        verify(root.page.compare.wipe > 0.65 && root.page.compare.wipe < 0.85, "the edge follows: " + root.page.compare.wipe);
        root.page.compare.mode = CompareViewModel.Off;
    }
    function test_gridCountsWhatIsTypedAndMakesIt() {
        root.page.prompt = "a boat";
        const grid = root.page.grid;
        grid.setKind(0, 0);
        grid.setKind(1, 1);
        const item = root.make(grids);
        const values = root.part(item, child => child instanceof Field && child.objectName === "values" && child.visible);
        root.reach(values);
        root.clear();
        root.type("3,7");
        grid.setText(1, "4, 5");
        const button = root.named(item, "make");
        tryCompare(button, "text", "Make 4 picture(s)");
        root.reach(values);
        root.clear();
        verify(!button.enabled);
        root.type("3,x");
        verify(values.wrong);
        root.clear();
        root.type("3,7");
        const before = bench.gallery.total;
        root.reach(button);
        keyClick(Qt.Key_Return);
        verify(grid.shown);
        const sheet = root.make(sheets);
        tryVerify(() => bench.gallery.total === before + 4, 20000);
        const cells = root.part(sheet, child => child instanceof GridView);
        compare(cells.count, 4);
        verify(root.labelled(sheet, "CFG scale 7"));
        root.reach(cells);
        keyClick(Qt.Key_Right);
        tryVerify(() => cells.currentItem.imageId > 0);
        keyClick(Qt.Key_Return);
        verify(sheet.asked > 0);
        grid.shown = false;
        tryVerify(() => !root.page.busy);
    }
    function test_samplersOfAGridAreChosenByKey() {
        const grid = root.page.grid;
        grid.setKind(0, 2);
        const item = root.make(grids);
        const box = root.part(item, child => child instanceof ChoicesBox && child.visible);
        root.reach(box);
        keyClick(Qt.Key_Space);
        tryVerify(() => !box.activeFocus);
        keyClick(Qt.Key_Space);
        compare(box.chosen.filter(on => on).length, 1);
        keyClick(Qt.Key_Down);
        keyClick(Qt.Key_Space);
        keyClick(Qt.Key_Return);
        compare(box.text.split(", ").length, 2);
        grid.setKind(0, 0);
        grid.setText(0, "3, 7.5");
    }
}
