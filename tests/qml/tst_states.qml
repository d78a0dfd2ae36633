// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Theme
import Darkroom.Controls

ControlCase {
    id: root

    name: "States"

    Component {
        id: empty

        EmptyState {
            width: 300
            iconName: "image"
            title: "No images yet"
            text: "They appear here as they are made."
            action: "Make one"
        }
    }
    Component {
        id: error

        ErrorState {
            width: 300
            title: "The engine ended"
            text: "Exit code 3. Start it again."
            detail: "line one\nline two"
            action: "Start again"
            closable: true
        }
    }
    Component {
        id: progress

        ProgressBar {
            width: 200
            label: "Encoding"
            value: 0.25
        }
    }
    Component {
        id: headers

        SectionHeader {
            width: 300
            title: "Runs"
            detail: "12"
            Button { objectName: "tool"; text: "New" }
        }
    }
    Component {
        id: labels

        Label {}
    }
    // Time in which an animation of a control would have moved.
    PauseAnimation {
        id: clock

        duration: 100
    }
    SignalSpy {
        id: acted

        signalName: "acted"
    }
    SignalSpy {
        id: closed

        signalName: "closed"
    }

    function log(state: Item): Item {
        return root.part(state, child => child instanceof LogText);
    }

    function test_emptyStateOffersItsActionByMouseAndKeyboard() {
        const state = root.make(empty);
        acted.target = state;
        acted.clear();
        const button = root.named(state, "action");
        compare(button.text, "Make one");
        mouseClick(button);
        root.reach(button);
        keyClick(Qt.Key_Return);
        keyClick(Qt.Key_Space);
        compare(acted.count, 3);
    }
    function test_emptyStateWithoutAnActionShowsNoButton() {
        verify(!root.named(root.make(empty, {action: ""}), "action").visible);
    }
    function test_emptyStateSaysWhatItShows() {
        const state = root.make(empty);
        verify(root.labelled(state, "No images yet"));
        verify(root.labelled(state, "They appear here as they are made."));
        compare(state.Accessible.name, "No images yet");
        compare(state.Accessible.description, "They appear here as they are made.");
    }
    function test_emptyStateWrapsLongWordsInsteadOfCuttingThem() {
        const words = "They appear here as they are made. ".repeat(6).trim();
        const label = root.labelled(root.make(empty, {text: words}), words);
        verify(label.lineCount > 2);
        verify(!label.truncated);
    }

    function test_errorStateOffersItsActionByMouseAndKeyboard() {
        const state = root.make(error);
        acted.target = state;
        acted.clear();
        const button = root.named(state, "action");
        mouseClick(button);
        root.reach(button);
        keyClick(Qt.Key_Return);
        compare(acted.count, 2);
    }
    function test_errorStateShowsItsDetailsWhenAsked() {
        const state = root.make(error);
        const button = root.named(state, "details");
        verify(!root.log(state).visible);
        mouseClick(button);
        tryCompare(root.log(state), "visible", true);
        compare(root.log(state).text, "line one\nline two");
        compare(button.text, "Hide details");
        root.reach(button);
        keyClick(Qt.Key_Space);
        tryCompare(root.log(state), "visible", false);
    }
    function test_errorStateWithoutDetailsOrActionHasNoRowForThem() {
        const state = root.make(error, {detail: "", action: ""});
        verify(!root.named(state, "details").visible);
        verify(!root.named(state, "action").visible);
        verify(state.implicitHeight < root.make(error).implicitHeight);
    }
    function test_errorStateClosesOnlyWhereItMay() {
        const state = root.make(error);
        closed.target = state;
        closed.clear();
        const cross = root.part(state, child => child instanceof IconButton);
        compare(cross.Accessible.name, "Close");
        mouseClick(cross);
        compare(closed.count, 1);
        state.closable = false;
        verify(!cross.visible);
    }
    function test_errorStateIsAnAlertWithItsWholeText() {
        const state = root.make(error);
        compare(state.Accessible.role, Accessible.AlertMessage);
        compare(state.Accessible.name, "The engine ended");
        compare(state.Accessible.description, "Exit code 3. Start it again.");
        verify(root.labelled(state, "Exit code 3. Start it again."));
    }
    function test_logGrowsWithItsLinesUpToItsHeight() {
        const state = root.make(error, {open: true});
        const low = root.log(state).implicitHeight;
        state.detail = "line\n".repeat(6);
        tryVerify(() => root.log(state).implicitHeight > low);
        state.detail = "line\n".repeat(200);
        tryCompare(root.log(state), "implicitHeight", 160);
    }

    function test_progressFillsItsShare() {
        const bar = root.make(progress);
        const fill = bar.contentItem.children[0];
        compare(fill.width, 50);
        bar.value = 1;
        compare(fill.width, 200);
        compare(bar.Accessible.name, "Encoding");
    }
    function test_progressStandsStillWhereMotionIsReduced() {
        const bar = root.make(progress, {indeterminate: true});
        const fill = bar.contentItem.children[0];
        const start = fill.x;
        verify(fill.x >= 0 && fill.x + fill.width <= bar.width);
        clock.start();
        tryCompare(clock, "running", false);
        compare(fill.x, start);
        Theme.reduceMotion = false;
        tryVerify(() => fill.x !== start);
        Theme.reduceMotion = true;
    }
    function test_headerIsAHeadingWithItsToolsAtTheRight() {
        const header = root.make(headers);
        const title = root.labelled(header, "Runs");
        compare(title.Accessible.role, Accessible.Heading);
        const tool = root.named(header, "tool");
        tryVerify(() => Math.abs(tool.mapToItem(header, tool.width, 0).x - header.width) < 1);
        verify(root.labelled(header, "12").x > title.x + title.width);
    }
    function test_labelNeverReadsMarkup() {
        const plain = root.make(labels, {text: "bold"});
        verify(root.make(labels, {text: "<b>bold</b>"}).implicitWidth > plain.implicitWidth * 1.5);
    }
    function test_labelElidesWhatIsTooLong() {
        const label = root.make(labels, {text: "a fox in the snow at dawn", width: 60});
        verify(label.truncated);
        label.wrapMode = Text.Wrap;
        tryVerify(() => !label.truncated);
    }
}
