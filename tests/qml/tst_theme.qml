// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtTest
import Darkroom.Theme
import Darkroom.Controls

ControlCase {
    id: root

    name: "Theme"

    // Ink to the surfaces that some control or page lays it on. `disabled` is not here: WCAG 1.4.3 leaves inactive controls out.
    readonly property var inks: ({
        text: ["window", "plot", "surface", "raised", "field", "fieldHover", "fieldPressed", "segmentTrack", "segmentOn", "tooltip", "keyHint",
               "accentSoft", "errorSoft"],
        secondary: ["window", "plot", "surface", "raised", "field", "fieldHover", "fieldPressed", "segmentTrack", "tooltip", "keyHint", "accentSoft",
                    "errorSoft"],
        canvasText: ["canvas"],
        canvasSecondary: ["canvas"],
        accentContrast: ["accent", "accentHover", "accentPressed"],
        accentText: ["plot", "surface", "raised", "fieldHover", "segmentTrack", "accentSoft"],
        warning: ["surface", "raised"],
        error: ["surface", "raised", "accentSoft", "errorSoft"],
        ok: ["surface", "raised"],
        weightUp: ["field", "fieldHover"],
        weightDown: ["field", "fieldHover"],
        imageHandleInk: ["imageHandle"]
    })
    // What is no text yet says something: the ring of the keyboard, icons of states, handles.
    readonly property var marks: ({
        accent: ["window", "plot", "surface", "raised", "field", "segmentTrack"],
        ring: ["window", "canvas", "plot", "surface", "raised", "field", "fieldHover", "segmentTrack", "tooltip", "accentSoft"],
        secondary: ["canvas"],
        accentText: ["canvas"],
        trackFill: ["surface", "raised"],
        ok: ["surface", "raised", "okSoft"],
        warning: ["surface", "raised", "warningSoft"],
        error: ["surface", "raised", "field", "errorSoft"]
    })

    Component {
        id: controls

        Column {
            Button { text: "a" }
            Button { text: "a"; kind: Button.Primary }
            IconButton { iconName: "close"; text: "a" }
            ComboBox { model: ["a"] }
            Field {}
            NumberField {}
            Slider {}
            Switch {}
            Chip { text: "a" }
            PaletteButton {}
            MenuRow { text: "a" }
            SegmentedControl { Segment { key: "a"; text: "a" } }
        }
    }

    function linear(part: real): real {
        return part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4);
    }
    function luminance(ink: color): real {
        return 0.2126 * root.linear(ink.r) + 0.7152 * root.linear(ink.g) + 0.0722 * root.linear(ink.b);
    }
    function contrast(ink: color, ground: color): real {
        const a = root.luminance(ink);
        const b = root.luminance(ground);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }
    function pairs(table): var {
        const rows = [];
        for (const theme of ["dark", "light"])
            for (const ink in table)
                for (const ground of table[ink])
                    rows.push({tag: theme + " " + ink + " on " + ground, colors: theme === "dark" ? Theme.darkColors : Theme.lightColors,
                               ink: ink, ground: ground});
        return rows;
    }
    function verifyContrast(ink: color, ground: color, least: real): void {
        const value = root.contrast(ink, ground);
        verify(value >= least, ink + " on " + ground + ": " + value.toFixed(2) + ":1, least " + least);
    }
    function over(top: color, ground: color): color {
        return Qt.tint(ground, top);
    }

    function test_contrastIsThatOfTheStandard() {
        fuzzyCompare(root.contrast(Qt.color("#000000"), Qt.color("#ffffff")), 21, 0.001);
        fuzzyCompare(root.contrast(Qt.color("#ffffff"), Qt.color("#777777")), 4.48, 0.01);
        compare(root.contrast(Qt.color("#123456"), Qt.color("#123456")), 1);
    }
    function test_textIsReadableWhereItStands_data() {
        return root.pairs(root.inks);
    }
    function test_textIsReadableWhereItStands(data) {
        root.verifyContrast(data.colors[data.ink], data.colors[data.ground], 4.5);
    }
    function test_marksCanBeToldFromWhatIsBehind_data() {
        return root.pairs(root.marks);
    }
    function test_marksCanBeToldFromWhatIsBehind(data) {
        root.verifyContrast(data.colors[data.ink], data.colors[data.ground], 3);
    }
    function test_rowsStayReadableUnderThePointer_data() {
        return [{tag: "dark", colors: Theme.darkColors}, {tag: "light", colors: Theme.lightColors}];
    }
    function test_rowsStayReadableUnderThePointer(data) {
        for (const ground of [data.colors.surface, data.colors.raised]) {
            const hovered = root.over(data.colors.rowHover, ground);
            verify(!Qt.colorEqual(hovered, ground));
            for (const ink of [data.colors.text, data.colors.secondary, data.colors.error])
                root.verifyContrast(ink, hovered, 4.5);
        }
    }
    function test_captionIsReadableOnAnyImage_data() {
        return [{tag: "white", image: "#ffffff"}, {tag: "grey", image: "#808080"}, {tag: "black", image: "#000000"}];
    }
    function test_captionIsReadableOnAnyImage(data) {
        for (const colors of [Theme.darkColors, Theme.lightColors])
            root.verifyContrast(colors.imageLabelText, root.over(colors.imageLabel, data.image), 4.5);
    }
    function test_linesOfAPlotCanBeTold_data() {
        return [{tag: "dark", colors: Theme.darkColors}, {tag: "light", colors: Theme.lightColors}];
    }
    function test_linesOfAPlotCanBeTold(data) {
        compare(data.colors.series.length, 8);
        for (let i = 0; i < 8; ++i) {
            root.verifyContrast(data.colors.series[i], data.colors.plot, 3);
            for (let j = 0; j < i; ++j)
                verify(!Qt.colorEqual(data.colors.series[i], data.colors.series[j]));
        }
    }
    function test_linesNextToEachOtherDifferWithoutColour() {
        for (let i = 0; i < 8; ++i)
            verify(String(Theme.seriesDash(i)) !== String(Theme.seriesDash(i + 1)));
    }
    function test_moreLinesThanColoursStartAgain() {
        verify(Qt.colorEqual(Theme.seriesColor(8), Theme.seriesColor(0)));
        verify(Qt.colorEqual(Theme.seriesColor(13), Theme.seriesColor(5)));
    }
    function test_darkIsDarkerThanLight() {
        for (const ground of ["window", "canvas", "plot", "surface", "raised", "field", "tooltip"])
            verify(root.luminance(Theme.darkColors[ground]) < root.luminance(Theme.lightColors[ground]), ground);
    }
    function test_switchingTheThemeRepaintsWhatIsThere() {
        const column = root.make(controls);
        Theme.dark = false;
        tryCompare(column.children[0].background, "color", Theme.lightColors.field);
        Theme.dark = true;
        tryCompare(column.children[0].background, "color", Theme.darkColors.field);
    }

    function test_sizesLieOnTheGridOfFour() {
        for (const name of ["gap4", "gap8", "gap12", "gap16", "gap24", "panelPadding", "stripPadding", "railWidth", "railItem", "header", "activityBar",
                            "control", "compactControl", "primaryControl", "fieldPadding", "formRow", "formLabel", "numberField", "listRow", "chip",
                            "paletteRow", "generatePanel", "galleryPanel", "runList", "runSide", "stats", "galleryThumbnail", "sampleThumbnail",
                            "batchThumbnail"])
            compare(Theme[name] % 4, 0, name);
    }
    function test_gapsAreWhatTheirNamesSay() {
        for (const gap of [2, 4, 6, 8, 12, 16, 24])
            compare(Theme["gap" + gap], gap);
    }
    function test_linesOfTextLieOnTheGridAndHoldTheirType() {
        for (const size of [Theme.captionSize, Theme.bodySize, Theme.titleSize, Theme.figureSize, Theme.dialogSize]) {
            compare(Theme.lineHeight(size) % 4, 0);
            verify(Theme.lineHeight(size) > size);
        }
    }
    function test_controlsAreAsHighAsTheGridSays() {
        const column = root.make(controls);
        for (let i = 0; i < column.children.length; ++i) {
            compare(column.children[i].height % 4, 0, String(column.children[i]));
            verify(column.children[i].height >= Theme.chip);
        }
    }
    function test_reducedMotionMeansNone() {
        Theme.reduceMotion = false;
        verify(Theme.hoverTime > 0 && Theme.panelTime > 0 && Theme.pageTime > 0);
        Theme.reduceMotion = true;
        compare([Theme.hoverTime, Theme.panelTime, Theme.pageTime], [0, 0, 0]);
    }
    function test_fontsOfTheThemeAreThere() {
        const families = Qt.fontFamilies();
        verify(families.indexOf(Theme.family) >= 0);
        verify(families.indexOf(Theme.monoFamily) >= 0);
    }
}
