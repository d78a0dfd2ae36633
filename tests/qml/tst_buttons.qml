// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Theme
import Darkroom.Controls

ControlCase {
    id: root

    name: "Buttons"

    Component {
        id: button

        Button {
            text: "Generate"
            help: "Makes images"
        }
    }
    Component {
        id: iconButton

        IconButton {
            iconName: "close"
            text: "Close"
        }
    }
    Component {
        id: chip

        Chip {
            text: "Favourites"
            help: "Only what has a heart"
        }
    }
    Component {
        id: paletteButton

        PaletteButton {}
    }
    Component {
        id: hint

        KeyHint {}
    }
    Component {
        id: menus

        ContextMenu {
            MenuRow { text: "Open"; keys: "Return" }
            MenuRow { text: "Delete"; enabled: false }
            MenuRow { text: "Copy"; iconName: "close" }
        }
    }
    SignalSpy {
        id: clicked

        signalName: "clicked"
    }

    function watched(component: Component, properties = {}): Item {
        const item = root.make(component, properties);
        clicked.target = item;
        clicked.clear();
        return item;
    }
    function ring(item: Item): Item {
        return root.part(item, child => child instanceof FocusRing);
    }

    function test_buttonsAreClickedOnceByEachWay_data() {
        const ways = [];
        for (const kind of ["Button", "IconButton", "Chip", "PaletteButton"])
            for (const way of ["mouse", "Space", "Return", "Enter"])
                ways.push({tag: kind + " " + way, kind: kind, way: way});
        return ways;
    }
    function test_buttonsAreClickedOnceByEachWay(data) {
        const item = root.watched({Button: button, IconButton: iconButton, Chip: chip, PaletteButton: paletteButton}[data.kind]);
        root.reach(item);
        if (data.way === "mouse")
            mouseClick(item);
        else
            keyClick({Space: Qt.Key_Space, Return: Qt.Key_Return, Enter: Qt.Key_Enter}[data.way]);
        compare(clicked.count, 1);
    }
    function test_disabledButtonsTakeNothing_data() {
        return [{tag: "Button", made: button}, {tag: "IconButton", made: iconButton}, {tag: "Chip", made: chip}];
    }
    function test_disabledButtonsTakeNothing(data) {
        const item = root.watched(data.made, {enabled: false});
        mouseClick(item);
        item.forceActiveFocus();
        keyClick(Qt.Key_Space);
        keyClick(Qt.Key_Return);
        compare(clicked.count, 0);
    }
    function test_aPressThatLeavesTheButtonIsNoClick() {
        const item = root.watched(button);
        mousePress(item);
        mouseMove(item, item.width + 80, item.height + 80);
        mouseRelease(item, item.width + 80, item.height + 80);
        compare(clicked.count, 0);
    }
    function test_ringShowsForTheKeyboardAndNotForTheMouse_data() {
        return [{tag: "Button", made: button}, {tag: "IconButton", made: iconButton}, {tag: "Chip", made: chip}];
    }
    function test_ringShowsForTheKeyboardAndNotForTheMouse(data) {
        const item = root.make(data.made);
        mouseClick(item);
        verify(!root.ring(item).visible);
        root.reach(root);
        root.reach(item);
        verify(root.ring(item).visible);
    }
    function test_namesAndHelpReachScreenReaders() {
        compare(root.make(button).Accessible.name, "Generate");
        compare(root.make(button).Accessible.description, "Makes images");
        compare(root.make(chip).Accessible.name, "Favourites");
        compare(root.make(chip).Accessible.description, "Only what has a heart");
        compare(root.make(iconButton).Accessible.name, "Close");
        compare(root.make(paletteButton).Accessible.name, "Search everything");
    }
    function test_stateOfATogglingButtonReachesScreenReaders() {
        verify(root.make(iconButton, {active: true}).Accessible.checked);
        verify(!root.make(iconButton).Accessible.checked);
        verify(root.make(chip, {on: true}).Accessible.checked);
    }
    function test_tooltipSaysTheHelp() {
        root.verifyTooltip(root.make(button), "Makes images");
        root.verifyTooltip(root.make(chip), "Only what has a heart");
    }
    function test_iconButtonTooltipIsItsNameUnlessHelpSaysMore() {
        root.verifyTooltip(root.make(iconButton), "Close");
        root.verifyTooltip(root.make(iconButton, {help: "Closes the card (Esc)"}), "Closes the card (Esc)");
    }
    function test_tooltipWithoutWordsNeverShows() {
        const item = root.make(button, {help: ""});
        mouseMove(item, item.width / 2, item.height / 2);
        tryVerify(() => item.hovered);
        compare(root.tooltip(item).item, null);
    }
    function test_longTooltipWrapsWithinItsWidth() {
        const item = root.make(button, {help: "Words that go on and on. ".repeat(12)});
        const tip = root.tooltip(item);
        mouseMove(item, item.width / 2, item.height / 2);
        tryVerify(() => tip.item !== null && tip.item.visible, 3000);
        verify(tip.item.width <= tip.widest + tip.item.leftPadding + tip.item.rightPadding);
        verify(tip.item.height > 40);
    }
    function test_primaryStandsOutByHeightAndColour() {
        const item = root.make(button, {kind: Button.Primary});
        compare(item.implicitHeight, Theme.primaryControl);
        compare(item.background.color, Theme.colors.accent);
        compare(item.ink, Theme.colors.accentContrast);
        item.enabled = false;
        tryCompare(item.background, "color", Theme.colors.field);
        compare(item.ink, Theme.colors.disabled);
    }
    function test_buttonShowsItsWordsWhole() {
        const label = root.labelled(root.make(button, {iconName: "close", keys: "Ctrl+Return"}), "Generate");
        verify(label);
        verify(!label.truncated);
    }
    function test_longWordsAreElidedAndStayInside() {
        const item = root.make(button, {width: 80, text: "Stop after the step that runs now"});
        const label = root.labelled(item, item.text);
        verify(label.truncated);
        verify(label.mapToItem(item, label.width, 0).x <= item.width);
    }
    function test_keyHintWritesKeysAsTheyStandOnTheKeyboard_data() {
        return [{tag: "Return", keys: "Return", shows: "↵"}, {tag: "two", keys: "Ctrl+Return", shows: "Ctrl ↵"},
                {tag: "three", keys: "Ctrl+Shift+S", shows: "Ctrl Shift S"}, {tag: "arrow", keys: "Alt+Up", shows: "Alt ↑"}];
    }
    function test_keyHintWritesKeysAsTheyStandOnTheKeyboard(data) {
        const item = root.make(hint, {keys: data.keys});
        verify(root.labelled(item, data.shows), data.shows);
        verify(item.width >= root.labelled(item, data.shows).implicitWidth);
    }
    function test_menuGoesByArrowsAndTakesByEnter() {
        const menu = createTemporaryObject(menus, root);
        clicked.target = menu.itemAt(2);
        clicked.clear();
        menu.popup(root, 40, 40);
        tryCompare(menu, "opened", true);
        for (let i = 0; i < 3 && menu.currentIndex !== 2; ++i)
            keyClick(Qt.Key_Down);
        compare(menu.currentIndex, 2);
        verify(menu.itemAt(2).highlighted);
        keyClick(Qt.Key_Return);
        compare(clicked.count, 1);
        tryCompare(menu, "visible", false);
    }
    function test_menuTakesByAClickAndNotWhatIsDisabled() {
        const menu = createTemporaryObject(menus, root);
        clicked.target = menu.itemAt(1);
        clicked.clear();
        menu.popup(root, 40, 40);
        tryCompare(menu, "opened", true);
        mouseClick(menu.itemAt(1));
        compare(clicked.count, 0);
        clicked.target = menu.itemAt(0);
        mouseClick(menu.itemAt(0));
        compare(clicked.count, 1);
        tryCompare(menu, "visible", false);
    }
}
