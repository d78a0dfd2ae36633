// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Controls
import Darkroom.Generate
import Darkroom.Models
import Darkroom.ViewModels

// Files that are dragged in from another program, on whole pages: which of the places under the pointer takes them, and what becomes of them.
ControlCase {
    id: root

    name: "Drop"
    width: 1400
    height: 880

    readonly property GenerateViewModel page: bench.generate

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
    Component {
        id: models

        ModelsPage {
            width: 1392
            height: 872
            shell: studioShell
            models: modelBench.models
        }
    }
    SignalSpy {
        id: failures

        target: modelBench.models
        signalName: "failed"
    }

    function cleanup(): void {
        root.page.start.clear();
        while (root.page.loras.count > 0)
            root.page.loras.remove(0);
    }
    /// What the page's middle shows, where nothing of its own takes files.
    function canvas(item: Item): Item {
        return root.part(item, child => child instanceof CanvasPanel);
    }
    function dropOn(item: Item, files: var): bool {
        verify(drag.enter(item, item.width / 2, item.height / 2, files), "the place takes files");
        return drag.drop();
    }

    function test_aPictureOnTheStartAreaBecomesTheStart() {
        const item = root.make(pages);
        root.page.prompt = "as it was";
        const area = root.part(item, child => child instanceof StartDrop);
        verify(area.visible);
        verify(root.dropOn(area, [bench.picture("dropped.png", 48, 32)]));
        tryCompare(root.page.start, "width", 48);
        compare(root.page.start.name, "dropped.png");
        compare(root.page.prompt, "as it was");
        compare(root.page.errorText, "");
        // Another one is dropped on the card that stands there now.
        const card = root.part(item, child => child instanceof StartCard);
        tryVerify(() => card.visible && !area.visible);
        waitForRendering(item);
        verify(root.dropOn(card, [bench.picture("second.png", 24, 40)]));
        tryCompare(root.page.start, "name", "second.png");
        tryCompare(root.page.start, "height", 40);
    }
    function test_theStartAreaShowsWhatHangsOverIt() {
        const item = root.make(pages);
        const area = root.part(item, child => child instanceof StartDrop);
        const drop = root.part(area, child => child instanceof DropArea);
        verify(drag.enter(root.canvas(item), 20, 200, [bench.picture("dropped.png", 48, 32)]));
        verify(!drop.containsDrag);
        verify(drag.move(area, area.width / 2, area.height / 2));
        verify(drop.containsDrag);
        verify(drag.move(root.canvas(item), 20, 200));
        verify(!drop.containsDrag);
        verify(drag.move(area, area.width / 2, area.height / 2));
        drag.leave();
        verify(!drop.containsDrag);
        compare(String(root.page.start.url), "");
    }
    function test_aPictureOnThePageGivesItsSettingsBack() {
        const item = root.make(pages);
        root.page.prompt = "as it was";
        root.page.steps = 33;
        const file = bench.pictureWithSettings("settings.png", "an owl\nNegative prompt: blur\nSteps: 12, Sampler: DDIM, CFG scale: 5, Seed: 99, Size: 64x96");
        verify(root.dropOn(root.canvas(item), [file]));
        tryCompare(root.page, "prompt", "an owl");
        compare(root.page.negative, "blur");
        compare(root.page.steps, 12);
        compare(root.page.seed, 99);
        compare(String(root.page.start.url), "");
    }
    function test_aPictureThatSaysNothingIsSaidToSayNothing() {
        const item = root.make(pages);
        root.page.prompt = "as it was";
        verify(root.dropOn(root.canvas(item), [bench.picture("silent.png", 16, 16)]));
        tryVerify(() => root.page.errorText.indexOf("silent.png") >= 0);
        compare(root.page.prompt, "as it was");
        root.page.dismissError();
    }
    function test_aLoraIsAddedWhereverItIsDropped() {
        const item = root.make(pages);
        const list = root.part(item, child => child instanceof LoraSection);
        const panel = root.part(item, child => child instanceof PromptPanel);
        verify(root.dropOn(root.canvas(item), [modelBench.file("ink.safetensors")]));
        compare(root.page.loras.count, 1);
        // The list may lie below the panel's edge; then nothing can be dropped there.
        const place = list.mapToItem(panel, list.width / 2, list.height / 2);
        if (place.y < panel.height) {
            verify(root.dropOn(list, [modelBench.file("grain.safetensors"), modelBench.file("film.safetensors")]));
            compare(root.page.loras.count, 3);
        }
    }
    function test_wordsAreNoFiles() {
        const item = root.make(pages);
        verify(!drag.enterWithText(root.canvas(item), 20, 200, "a boat"));
        verify(!drag.drop());
    }
    function test_modelsAreImportedWhereverTheyAreDropped() {
        const item = root.make(models);
        verify(root.dropOn(item, [modelBench.file("good.safetensors"), modelBench.file("other.ckpt")]));
        tryVerify(() => modelBench.has("good.safetensors") && modelBench.has("other.ckpt"), 10000);
        verify(drag.enter(item, 100, item.height - 40, [modelBench.file("bad.ckpt")]), "over the list too");
        verify(drag.drop());
        tryVerify(() => root.labelled(item, "bad.ckpt: holds no UNet"), 10000, "why it was not taken is said");
        verify(!modelBench.has("bad.ckpt"));
        failures.clear();
        verify(root.dropOn(item, ["https://example.org/model.safetensors"]));
        compare(failures.count, 1);
        verify(!drag.enterWithText(item, 100, 100, "model.safetensors"));
    }
    function test_theModelsPageShowsThatItTakesFiles() {
        const item = root.make(models);
        const drop = root.part(item, child => child instanceof DropArea);
        const frame = drop.children[0];
        verify(!frame.visible);
        verify(drag.enter(item, 300, 300, [modelBench.file("good.safetensors")]));
        verify(frame.visible);
        drag.leave();
        verify(!frame.visible);
    }
}
