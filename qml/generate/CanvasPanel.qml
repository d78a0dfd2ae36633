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
    readonly property bool fresh: root.blank && !root.generate.busy

    signal galleryAsked
    signal demoAsked

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.canvas
    }
    CanvasToolbar {
        id: toolbar

        anchors { left: parent.left; right: parent.right; top: parent.top }
        generate: root.generate
        canvas: canvas
        blank: root.blank
        galleryFolded: root.galleryFolded
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
        visible: !root.fresh
        url: root.generate.canvasUrl
        pictureWidth: root.blank ? root.generate.width : root.generate.canvasWidth
        pictureHeight: root.blank ? root.generate.height : root.generate.canvasHeight
        caption: root.generate.canvasIsPreview ? qsTr("Preview, full detail at step %1").arg(root.generate.stepCount) : ""
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
}
