// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Theme
import Darkroom.Controls

ControlCase {
    id: root

    name: "StarRating"

    Component {
        id: ratings

        StarRating {
            property list<int> asked

            onRated: stars => {
                asked.push(stars);
                rating = stars;
            }
        }
    }
    Component {
        id: refusing

        StarRating {
            rating: 2
        }
    }

    function star(item: Item, number: int): Item {
        let left = number;
        return root.part(item, child => child instanceof Icon && --left === 0);
    }
    function filled(item: Item): int {
        let count = 0;
        for (let i = 1; i <= 5; ++i)
            count += root.star(item, i).icon === "star-filled" ? 1 : 0;
        return count;
    }

    function test_keysOneToFiveGiveSoManyStars() {
        const item = root.make(ratings);
        root.reach(item);
        for (let stars = 1; stars <= 5; ++stars) {
            keyClick(Qt.Key_0 + stars);
            compare(item.rating, stars);
            compare(root.filled(item), stars);
        }
    }
    function test_keyZeroTakesAllStarsAway() {
        const item = root.make(ratings, {rating: 4});
        root.reach(item);
        keyClick(Qt.Key_0);
        compare(item.rating, 0);
        compare(root.filled(item), 0);
    }
    function test_otherKeysAreLeftToThePage() {
        const item = root.make(ratings, {rating: 3});
        let reached = 0;
        root.Keys.pressed.connect(() => ++reached);
        root.reach(item);
        keyClick(Qt.Key_6);
        keyClick(Qt.Key_A);
        compare(reached, 2);
        compare(item.asked.length, 0);
    }
    function test_arrowsStepByOneAndStopAtNoneAndFive() {
        const item = root.make(ratings, {rating: 4});
        root.reach(item);
        for (const expected of [5, 5]) {
            keyClick(Qt.Key_Right);
            compare(item.rating, expected);
        }
        item.rating = 1;
        for (const expected of [0, 0]) {
            keyClick(Qt.Key_Left);
            compare(item.rating, expected);
        }
    }
    function test_clickOnAStarGivesSoMany() {
        const item = root.make(ratings);
        for (const stars of [4, 2, 5, 1]) {
            mouseClick(root.star(item, stars));
            compare(item.rating, stars);
        }
    }
    function test_clickOnTheLastStarTakesAllAway() {
        const item = root.make(ratings, {rating: 3});
        mouseClick(root.star(item, 3));
        compare(item.rating, 0);
    }
    function test_neverRatesItself() {
        const item = root.make(refusing);
        mouseClick(root.star(item, 5));
        root.reach(item);
        keyClick(Qt.Key_4);
        compare(item.rating, 2);
        compare(root.filled(item), 2);
    }
    function test_saysItsStarsToScreenReaders() {
        const item = root.make(ratings, {rating: 3});
        compare(item.Accessible.name, "3 of 5 stars");
        item.rating = 0;
        compare(item.Accessible.name, "0 of 5 stars");
        verify(item.Accessible.focusable);
    }
    function test_focusShowsInItsColour() {
        const item = root.make(ratings, {rating: 3});
        verify(!Qt.colorEqual(root.star(item, 1).color, Theme.colors.accentText));
        root.reach(item);
        verify(Qt.colorEqual(root.star(item, 1).color, Theme.colors.accentText));
    }
    function test_tabReachesIt() {
        const item = root.make(ratings);
        verify(item.activeFocusOnTab);
        root.reach(root);
        keyClick(Qt.Key_Tab);
        tryVerify(() => item.activeFocus);
    }
}
