// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.Shell

ControlCase {
    id: root

    name: "Shell"

    Component {
        id: rail

        Rail {
            height: 400
            shell: studioShell
        }
    }
    Component {
        id: settings

        SettingsPopover { shell: studioShell }
    }
    Component {
        id: palette

        CommandPalette { shell: studioShell }
    }
    Component {
        id: keys

        ShortcutsOverlay { shell: studioShell }
    }
    Component {
        id: meter

        DeviceMeter {
            index: 0
            name: "GPU 0"
            product: "RTX 5090"
            memoryUsed: 6.8e9
            memoryTotal: 33.7e9
            memoryFraction: 0.2
            load: 0.5
        }
    }

    function parts(item: Item, fits): var {
        let found = [];
        for (let i = 0; i < item.children.length; ++i) {
            const child = item.children[i];
            found = found.concat(fits(child) ? [child] : root.parts(child, fits));
        }
        return found;
    }
    function railItems(item: Item): var {
        return root.parts(item, child => child instanceof RailItem);
    }
    function place(item: Item): rect {
        return item.mapToItem(root, Qt.rect(0, 0, item.width, item.height));
    }
    function overlap(a: rect, b: rect): bool {
        return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
    }

    function test_railShowsEveryPageAndTheSettings() {
        const item = root.make(rail);
        const shown = root.railItems(item);
        compare(shown.length, studioShell.pages.rowCount() + 1);
        for (let i = 0; i < shown.length; ++i) {
            const icon = root.part(shown[i], child => child instanceof Icon);
            compare(icon.status, Image.Ready, shown[i].text);
            verify(shown[i].visible && icon.visible && icon.width > 0, shown[i].text);
            const here = root.place(shown[i]);
            verify(here.y >= 0 && here.y + here.height <= item.height, shown[i].text);
            for (let j = 0; j < i; ++j)
                verify(!root.overlap(here, root.place(shown[j])), shown[i].text + " over " + shown[j].text);
        }
    }
    function test_pressOpensThePage() {
        const shown = root.railItems(root.make(rail));
        mouseClick(shown[1]);
        compare(studioShell.page, shown[1].iconName);
        verify(shown[1].current && !shown[0].current);
        mouseClick(shown[0]);
        compare(studioShell.page, shown[0].iconName);
    }
    function test_nothingIsSaidWhileNoPointerIsThere() {
        const item = root.make(rail);
        wait(Theme.tooltipDelay + 200);
        for (const tip of root.parts(item, child => child instanceof Tooltip))
            verify(tip.item === null, tip.text);
    }
    function test_tooltipOfAPageCoversNoOther() {
        const shown = root.railItems(root.make(rail));
        for (const asked of shown) {
            const tip = root.tooltip(asked);
            mouseMove(asked, asked.width / 2, asked.height / 2);
            tryVerify(() => tip.item !== null && tip.item.opened, 3000);
            const card = root.place(tip.item.background);
            for (const other of shown)
                verify(!root.overlap(card, root.place(other)), tip.text + " over " + other.text);
            mouseMove(root, root.width - 1, root.height - 1);
            tryVerify(() => tip.item === null, 3000);
        }
    }
    function test_settingsHaveRoomForWhatTheyOffer() {
        const sheet = createTemporaryObject(settings, root);
        sheet.open();
        tryVerify(() => sheet.opened);
        for (const words of ["Look", "Dark", "Reduce motion", "Keys of this page"]) {
            const label = root.labelled(sheet.contentItem, words);
            verify(label, words);
            const here = label.mapToItem(sheet.contentItem, Qt.rect(0, 0, label.width, label.height));
            verify(here.y >= 0 && here.y + here.height <= sheet.contentItem.height, words);
        }
    }
    function test_paletteShowsWhatIsTypedAndWhatItFinds() {
        const sheet = createTemporaryObject(palette, root);
        sheet.open();
        tryVerify(() => sheet.opened);
        root.type("light");
        const field = root.part(sheet.contentItem, child => child.text === "light");
        verify(field && field.height >= field.contentHeight, "what is typed has room");
        const list = root.part(sheet.contentItem, child => child instanceof PaletteList);
        compare(list.count, 1);
        tryVerify(() => list.currentItem !== null);
        compare(list.currentItem.actionId, "theme.light");
        verify(!list.headings);
        root.clear();
        tryVerify(() => root.part(list.contentItem, child => child instanceof PaletteSection) !== null);
    }
    function test_f1ShowsTheKeysOfTheMaskWhileOneIsPainted() {
        const sheet = createTemporaryObject(keys, root);
        sheet.open();
        tryVerify(() => root.labelled(sheet.contentItem, "Datasets"), 3000, "first the keys of the pages");
        verify(!root.labelled(sheet.contentItem, "Swap brush and eraser"));
        sheet.close();
        tryVerify(() => !sheet.visible);
        studioShell.part = "mask";
        sheet.open();
        tryVerify(() => root.labelled(sheet.contentItem, "Swap brush and eraser"));
        const list = root.part(sheet.contentItem, child => child instanceof PaletteList);
        compare(list.itemAtIndex(0).shortcut, "Space");
        compare(list.currentSection, "Mask on the start picture");
        keyClick(Qt.Key_Down);
        keyClick(Qt.Key_Return);
        tryVerify(() => !sheet.visible, 3000, "a line to be read closes the list");
        studioShell.part = "";
    }
    function test_deviceSaysWhatItIs() {
        root.verifyTooltip(root.make(meter), "RTX 5090");
    }
}
