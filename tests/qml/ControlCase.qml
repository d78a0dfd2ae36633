// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Theme
import Darkroom.Controls

/// A test of one control in a visible window: makes it, finds its parts, types into it.
TestCase {
    id: root

    width: 480
    height: 480
    visible: true
    when: windowShown

    /// The item that holds what is tested; removed after the test function.
    function make(component: Component, properties = {}): Item {
        const item = createTemporaryObject(component, root, properties);
        verify(item, "the component can be made");
        waitForRendering(root);
        return item;
    }
    function part(item, fits) {
        for (let i = 0; i < item.children.length; ++i) {
            const child = item.children[i];
            const found = fits(child) ? child : root.part(child, fits);
            if (found)
                return found;
        }
        return null;
    }
    function named(item: Item, name: string): Item {
        const found = root.part(item, child => child.objectName === name);
        verify(found, "there is a part named " + name);
        return found;
    }
    function labelled(item: Item, words: string): Item {
        return root.part(item, child => child instanceof Label && child.text === words && child.visible);
    }
    function tooltip(item: Item): Item {
        const found = root.part(item, child => child instanceof Tooltip);
        verify(found, "the control has a tooltip");
        return found;
    }
    function reach(item: Item): void {
        item.forceActiveFocus(Qt.TabFocusReason);
        tryVerify(() => item.activeFocus);
    }
    function type(words: string): void {
        for (const letter of words)
            keyClick(letter);
    }
    function clear(): void {
        keyClick(Qt.Key_A, Qt.ControlModifier);
        keyClick(Qt.Key_Delete);
    }
    /// The pointer comes to rest on the item, and its words show.
    function verifyTooltip(item: Item, words: string): void {
        const tip = root.tooltip(item);
        verify(!tip.item || !tip.item.visible, "nothing shows before the pointer comes");
        mouseMove(item, item.width / 2, item.height / 2);
        tryVerify(() => tip.item !== null && tip.item.visible, 3000);
        compare(tip.text, words);
        mouseMove(root, root.width - 1, root.height - 1);
        tryVerify(() => tip.item === null || !tip.item.visible, 3000);
    }

    function initTestCase() {
        Theme.reduceMotion = true;
    }
    function init() {
        mouseMove(root, root.width - 1, root.height - 1);
    }
    function cleanupTestCase() {
        Theme.reduceMotion = false;
        Theme.dark = true;
    }
}
