// SPDX-License-Identifier: GPL-3.0-or-later
pragma Singleton
import QtQuick

/// Every colour, size and duration of the studio, by meaning. The shell sets `dark` and `reduceMotion`; nobody else writes here.
QtObject {
    id: root

    property bool dark: true
    property bool reduceMotion: false

    readonly property ThemeColors colors: root.dark ? root.darkColors : root.lightColors
    readonly property ThemeColors darkColors: DarkColors {}
    readonly property ThemeColors lightColors: LightColors {}

    // Type. Sizes in px; the family's figures are tabular.
    readonly property string family: "Inter Tabular"
    readonly property string monoFamily: "JetBrains Mono"
    readonly property int captionSize: 11
    readonly property int bodySize: 12
    readonly property int titleSize: 13
    readonly property int figureSize: 15
    readonly property int dialogSize: 20
    readonly property int regular: Font.Normal
    readonly property int medium: Font.Medium
    readonly property int strong: Font.DemiBold

    // Space: a grid of 4 px.
    readonly property int gap2: 2
    readonly property int gap4: 4
    readonly property int gap6: 6
    readonly property int gap8: 8
    readonly property int gap12: 12
    readonly property int gap16: 16
    readonly property int gap24: 24
    readonly property int panelPadding: 16
    readonly property int stripPadding: 12

    readonly property int radius: 6
    readonly property int smallRadius: 4
    readonly property int panelRadius: 10

    // Sizes of things.
    readonly property int railWidth: 48
    readonly property int railItem: 40
    readonly property int header: 40
    readonly property int activityBar: 28
    readonly property int control: 28
    readonly property int compactControl: 24
    readonly property int primaryControl: 36
    readonly property int fieldPadding: 8
    readonly property int formRow: 32
    readonly property int formLabel: 64
    readonly property int numberField: 64
    readonly property int listRow: 28
    readonly property int chip: 20
    readonly property int paletteRow: 36
    readonly property int separator: 1
    readonly property int generatePanel: 320
    readonly property int galleryPanel: 272
    readonly property int runList: 248
    readonly property int runSide: 384
    readonly property int stats: 72
    readonly property int sourceList: 232
    readonly property int filterPanel: 408
    readonly property int pipeline: 132
    readonly property int wallThumbnail: 112
    readonly property int planLanes: 128
    readonly property int planSide: 336
    readonly property int planLabel: 116
    readonly property int galleryThumbnail: 120
    readonly property int sampleThumbnail: 116
    readonly property int batchThumbnail: 72
    /// Below this width the right column folds.
    readonly property int foldWidth: 1280

    // Icons, px.
    readonly property int railIcon: 20
    readonly property int toolIcon: 18
    readonly property int buttonIcon: 16
    readonly property int smallIcon: 14
    readonly property int tinyIcon: 12

    // Motion, ms.
    readonly property int hoverTime: root.reduceMotion ? 0 : 120
    readonly property int panelTime: root.reduceMotion ? 0 : 160
    readonly property int pageTime: root.reduceMotion ? 0 : 180
    readonly property int tooltipDelay: 600

    /// Colour of a run or line, 0 to 7, and the dash that tells it apart without colour.
    function seriesColor(index: int): color {
        return root.colors.series[index % root.colors.series.length];
    }
    function seriesDash(index: int): list<real> {
        return [[], [5, 3], [1, 3], [8, 3, 1, 3]][index % 4];
    }
    /// Fill of a dataset's band in a mixture.
    function bandColor(index: int): color {
        return root.colors.bands[index % root.colors.bands.length];
    }
    /// From the smallest to the largest value of a heat map.
    readonly property list<color> heatRamp: ["#001c42", "#203a6c", "#54586e", "#7c7b78", "#a69d70", "#d4c256", "#fee878"]

    /// Line height that belongs to a size of type.
    function lineHeight(size: int): int {
        return size <= root.bodySize ? 16 : size <= root.figureSize ? 20 : 24;
    }
}
