// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.Runs
import Darkroom.RunModels

// What a step was trained on, as wide as in the card of a point.
ControlCase {
    id: root

    name: "BatchPictures"

    readonly property TrainedBatch batch: batchBench.batch
    readonly property string longCaption: "a bowl of soup on a wooden table beside a window, Donaudampfschifffahrtselektrizitaetenhauptbetriebswerk, steam, "
        .repeat(6)

    Component {
        id: cards

        Column {
            id: card

            readonly property Item before: first
            readonly property Item after: last
            readonly property BatchPictures pictures: only

            width: 264
            Button {
                id: first

                text: "Before"
            }
            BatchPictures {
                id: only

                width: card.width
                batch: root.batch
            }
            Button {
                id: last

                text: "After"
            }
        }
    }

    function cleanup(): void {
        batchBench.close();
    }
    /// Layouts follow what they show with the next frame.
    function settle(): void {
        wait(50);
    }
    function card(step: int): Item {
        const item = root.make(cards);
        batchBench.load(step);
        return item;
    }
    function filled(step: int): Item {
        const item = root.card(step);
        tryCompare(root.batch, "state", TrainedBatch.Ready, 10000);
        root.settle();
        return item;
    }
    function list(item: Item): Item {
        return root.part(item, child => child instanceof ListView);
    }
    function tile(item: Item, index: int): BatchPicture {
        const list = root.list(item);
        tryVerify(() => list.itemAtIndex(index) !== null);
        return list.itemAtIndex(index);
    }
    function all(item: Item, fits: var): var {
        const found = [];
        root.part(item, child => {
            if (fits(child))
                found.push(child);
            return false;
        });
        return found;
    }
    function skeletons(item: Item): int {
        return root.all(item, child => child instanceof Skeleton && child.visible).length;
    }
    /// Nothing of it lies outside.
    function verifyInside(part: Item, whole: Item): void {
        const place = part.mapToItem(whole, 0, 0);
        verify(place.x >= 0 && place.x + part.width <= whole.width, part + " lies from " + place.x + ", " + part.width + " wide, in " + whole.width);
        verify(place.y >= 0 && place.y + part.height <= whole.height, part + " lies from " + place.y + ", " + part.height + " high, in " + whole.height);
    }

    function test_nothingIsThereBeforeAStepIsChosen(): void {
        const item = root.make(cards);
        verify(!item.pictures.visible);
    }
    function test_whileItLoadsThereArePlacesForPictures(): void {
        const item = root.card(99);
        compare(root.batch.state, TrainedBatch.Loading);
        root.settle();
        verify(item.pictures.visible);
        verify(root.labelled(item, "Trained on"));
        verify(root.skeletons(item) > 0);
        verify(!root.list(item).visible);
        verify(!root.part(item, child => child instanceof StateIcon && child.visible));
        for (const place of root.all(item, child => child instanceof Skeleton))
            root.verifyInside(place, item.pictures);
        wait(600);  // longer than the pause before it asks
        compare(root.batch.state, TrainedBatch.Loading);
        batchBench.close();
        verify(!item.pictures.visible);
    }
    function test_anErrorIsASentenceInPlaceOfPictures(): void {
        const message = "There is no dataset /data/" + "averylongfoldername".repeat(6) + ": it has been moved or removed since the run was trained.";
        batchBench.giveError(13, message);
        const item = root.card(13);
        tryCompare(root.batch, "state", TrainedBatch.Failed, 10000);
        root.settle();
        const label = root.labelled(item, message);
        verify(label, "it says why");
        verify(root.part(item, child => child instanceof StateIcon && child.visible));
        compare(root.skeletons(item), 0);
        verify(!root.list(item).visible);
        verify(!label.truncated);
        verify(label.lineCount > 1 && label.contentWidth <= label.width, label.contentWidth + " in " + label.width);
        root.verifyInside(label, item.pictures);
        // The next step has pictures again.
        batchBench.give(14, ["a red apple"], true);
        batchBench.load(14);
        tryCompare(root.batch, "state", TrainedBatch.Ready, 10000);
        verify(!root.labelled(item, message));
        verify(root.list(item).visible);
    }
    function test_aStepShowsItsPicturesAndTheWordsOfTheFirst(): void {
        batchBench.give(1, ["a brown dog", "a red apple", "a yellow car"], true);
        const item = root.filled(1);
        verify(root.batch.summary.startsWith("3 "), root.batch.summary);
        verify(root.labelled(item, "Trained on " + root.batch.summary));
        compare(root.list(item).count, 3);
        compare(root.skeletons(item), 0);
        for (let i = 0; i < 3; ++i) {
            const picture = root.part(root.tile(item, i), child => child instanceof Image);
            tryCompare(picture, "status", Image.Ready);
            verify(!root.part(root.tile(item, i), child => child instanceof Label && child.visible), "a picture needs no caption over it");
        }
        verify(root.tile(item, 0).chosen && !root.tile(item, 1).chosen);
        verify(root.labelled(item, "a brown dog\nkey 0\nfood, noise level 0"));
    }
    function test_aPictureThatCannotBeShownGivesItsCaption_data(): var {
        return [
            { "tag": "none", "step": 2, "pictures": false },
            { "tag": "broken", "step": 3, "pictures": true }
        ];
    }
    function test_aPictureThatCannotBeShownGivesItsCaption(data: var): void {
        if (data.pictures)
            ignoreWarning(/Error decoding/);
        batchBench.give(data.step, ["a dog"], data.pictures, false);
        const item = root.filled(data.step);
        tryVerify(() => root.labelled(root.tile(item, 0), "a dog") !== null);
    }
    function test_longCaptionsStayInTheirPlaces(): void {
        batchBench.give(4, [root.longCaption, "x".repeat(400), root.longCaption], false);
        const item = root.filled(4);
        for (let i = 0; i < 3; ++i) {
            const caption = root.part(root.tile(item, i), child => child instanceof Label && child.visible);
            verify(caption, "the caption stands in the tile");
            verify(caption.truncated, "more than there is room for");
            verify(caption.contentHeight <= caption.height, caption.contentHeight + " in " + caption.height);
            verify(caption.contentWidth <= caption.width, caption.contentWidth + " in " + caption.width);
            root.verifyInside(caption, root.tile(item, i));
        }
        for (let i = 0; i < 2; ++i) {
            root.list(item).currentIndex = i;
            root.settle();
            const words = root.labelled(item, root.tile(item, i).help);
            verify(words && words.truncated);
            verify(words.contentWidth <= words.width && words.contentHeight <= words.height);
            verify(words.lineCount <= 5, words.lineCount);
            root.verifyInside(words, item.pictures);
        }
        compare(item.pictures.width, 264);
    }
    function test_theKeyboardComesToThePicturesAndGoesThroughThem(): void {
        const captions = [];
        for (let i = 0; i < 12; ++i)
            captions.push("caption " + i);
        batchBench.give(5, captions, false);
        const item = root.filled(5);
        const list = root.list(item);
        root.reach(item.before);
        keyClick(Qt.Key_Tab);
        verify(list.activeFocus, "Tab comes to the pictures");
        verify(root.tile(item, 0).focused);
        keyClick(Qt.Key_Right);
        verify(root.tile(item, 1).focused && !root.tile(item, 0).focused);
        verify(root.labelled(item, "caption 1\nkey 1\nfood, noise level 100"));
        for (let i = 0; i < 20; ++i)
            keyClick(Qt.Key_Right);
        compare(list.currentIndex, 11);
        const last = root.tile(item, 11);
        tryVerify(() => last.mapToItem(list, 0, 0).x + last.width <= list.width, 5000, "the chosen one is in sight");
        keyClick(Qt.Key_Left);
        compare(list.currentIndex, 10);
        keyClick(Qt.Key_Tab);
        verify(item.after.activeFocus, "and leaves them");
        verify(!root.tile(item, 10).focused && root.tile(item, 10).chosen);
    }
    function test_noTabStopIsLeftWhereThereAreNoPictures(): void {
        batchBench.giveError(6, "There is no step 6.");
        const item = root.card(6);
        tryCompare(root.batch, "state", TrainedBatch.Failed, 10000);
        root.reach(item.before);
        keyClick(Qt.Key_Tab);
        verify(item.after.activeFocus);
    }
    function test_aClickChooses(): void {
        batchBench.give(7, ["a brown dog", "a red apple", "a yellow car"], true);
        const item = root.filled(7);
        mouseClick(root.tile(item, 2));
        verify(root.tile(item, 2).chosen && root.list(item).activeFocus);
        verify(root.labelled(item, "a yellow car\nkey 2\nfood, noise level 200"));
    }
    function test_anotherStepBeginsWithItsFirstPicture(): void {
        failOnWarning(/activeFocusOnTab/);  // the pictures have the keyboard when they go
        batchBench.give(8, ["a", "b", "c", "d"], false);
        batchBench.give(9, ["e", "f", "g", "h"], false);
        const item = root.filled(8);
        mouseClick(root.tile(item, 3));
        batchBench.load(9);
        tryCompare(root.batch, "state", TrainedBatch.Ready, 10000);
        compare(root.list(item).currentIndex, 0);
        verify(root.labelled(item, "e\nkey 0\nfood, noise level 0"));
    }
}
