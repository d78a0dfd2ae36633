// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// The middle of the page: tools, the picture, how it is coming on, its batch and what waits.
FocusScope {
    id: root

    required property GenerateViewModel generate
    required property GalleryModel gallery
    required property bool galleryFolded
    readonly property bool blank: String(root.generate.canvasUrl).length === 0
    readonly property bool paints: root.generate.start.painting
    readonly property bool compares: root.generate.compare.on
    readonly property bool sheet: root.generate.grid.shown
    /// Nothing to show yet.
    readonly property bool fresh: root.blank && !root.generate.busy && !root.paints && !root.compares && !root.sheet
    readonly property bool single: !root.paints && !root.compares && !root.sheet

    /// A key that nobody inside took: A, B and S of a comparison.
    function press(key: int): bool {
        return root.compares && compare.press(key);
    }

    signal galleryAsked
    signal demoAsked
    signal curateAsked

    CanvasView { id: shared }
    Rectangle {
        anchors.fill: parent
        color: Theme.colors.canvas
    }
    CanvasToolbar {
        id: toolbar

        anchors { left: parent.left; right: parent.right; top: parent.top }
        generate: root.generate
        canvas: root.paints ? mask.picture : root.compares ? compare.picture : canvas
        blank: (root.blank && !root.paints && !root.compares) || root.sheet
        galleryFolded: root.galleryFolded
        pictures: root.gallery.matching
        single: root.single
        onGalleryAsked: root.galleryAsked()
    }
    FirstSteps {
        id: firstSteps

        anchors { horizontalCenter: parent.horizontalCenter; top: toolbar.bottom; topMargin: Theme.gap24 }
        width: Math.min(960, root.width - 2 * Theme.gap24)
        visible: root.generate.firstStepsVisible && root.fresh
        current: root.generate.firstStep
        canMake: root.generate.cannotGenerate.length === 0
        onMakeAsked: root.generate.generate()
        onDemoAsked: root.demoAsked()
        onCurateAsked: root.curateAsked()
        onClosed: root.generate.dismissFirstSteps()
    }
    CanvasEmpty {
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; top: firstSteps.visible ? firstSteps.bottom : toolbar.bottom }
        visible: root.fresh
        prompts: root.generate.suggestedPrompts
        current: root.generate.prompt
        onChosen: prompt => root.generate.prompt = prompt
    }
    ImageCanvas {
        id: canvas

        anchors { left: parent.left; right: parent.right; top: toolbar.bottom; bottom: below.top; margins: Theme.gap16; bottomMargin: Theme.gap8 }
        visible: root.single && !root.fresh
        view: shared
        url: root.generate.canvasUrl
        pictureWidth: root.blank ? root.generate.width : root.generate.canvasWidth
        pictureHeight: root.blank ? root.generate.height : root.generate.canvasHeight
        caption: root.generate.canvasNote
    }
    MaskCanvas {
        id: mask

        anchors { fill: canvas; topMargin: tools.height + Theme.gap8 }
        visible: root.paints
        start: root.generate.start
        view: shared
        wantedWidth: root.generate.width
        wantedHeight: root.generate.height
    }
    MaskTools {
        id: tools

        anchors { horizontalCenter: parent.horizontalCenter; top: canvas.top }
        visible: root.paints
        canvas: mask
        start: root.generate.start
    }
    CompareCanvas {
        id: compare

        anchors.fill: canvas
        visible: root.compares
        compare: root.generate.compare
        view: shared
    }
    GridSheet {
        anchors { fill: canvas; topMargin: -Theme.gap8 }
        visible: root.sheet
        grid: root.generate.grid
        onImageAsked: imageId => root.generate.showImage(imageId)
    }
    Column {
        id: below

        readonly property real most: root.width - 2 * Theme.gap16

        anchors { horizontalCenter: parent.horizontalCenter; bottom: parent.bottom; bottomMargin: 20 }
        width: Math.min(below.most, Math.max(Math.min(560, below.most), canvas.shownWidth))
        visible: !root.fresh
        spacing: Theme.gap16 + Theme.gap4

        CanvasProgress {
            width: parent.width
            generate: root.generate
            gallery: root.gallery
            single: root.single
        }
        BatchStrip {
            width: parent.width
            visible: root.generate.batch.count > 0 || root.generate.queue.count > 0
            generate: root.generate
        }
    }
    CanvasError {
        anchors { horizontalCenter: parent.horizontalCenter; top: toolbar.bottom; topMargin: Theme.gap16 }
        width: Math.min(560, root.width - 2 * Theme.gap16)
        visible: root.generate.errorText.length > 0
        text: root.generate.errorText
        detail: root.generate.errorDetail
        canRetry: root.generate.cannotGenerate.length === 0
        onRetryAsked: {
            root.generate.dismissError();
            root.generate.generate();
        }
        onClosed: root.generate.dismissError()
    }
    GridCard {
        anchors { left: parent.left; bottom: parent.bottom; margins: Theme.gap12 }
        width: Math.min(implicitWidth, root.width - 2 * Theme.gap12)
        visible: root.generate.grid.open
        grid: root.generate.grid
    }
}
