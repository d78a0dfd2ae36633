// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Words to pictures: what is asked for at the left, the picture in the middle, the workspace's pictures at the right.
FocusScope {
    id: root

    required property ShellViewModel shell
    required property GenerateViewModel generate
    required property GalleryModel gallery
    readonly property bool wide: root.width + Theme.railWidth >= Theme.foldWidth
    property bool galleryOpen: false

    function focusPrompt(): void {
        panel.focusPrompt();
    }

    Binding {
        target: root.shell
        property: "part"
        value: root.generate.start.painting ? "mask" : root.generate.compare.on ? "compare" : ""
    }
    Keys.onPressed: event => event.accepted = event.modifiers === Qt.NoModifier && canvas.press(event.key)

    // Below all else: places of their own for a start picture or a LoRA come first.
    DropArea {
        anchors.fill: parent
        keys: ["text/uri-list"]
        onDropped: drop => {
            if (!drop.hasUrls)
                return;
            drop.accept(Qt.CopyAction);
            root.generate.takeFiles(drop.urls);
        }
    }

    PromptPanel {
        id: panel

        anchors { left: parent.left; top: parent.top; bottom: parent.bottom }
        width: Theme.generatePanel
        focus: true
        generate: root.generate
        workspaceName: root.shell.workspaceName
        workspacePath: root.shell.workspacePath
    }
    CanvasPanel {
        id: canvas

        anchors { left: panel.right; right: root.wide ? gallery.left : parent.right; top: parent.top; bottom: parent.bottom }
        generate: root.generate
        gallery: root.gallery
        galleryFolded: !root.wide
        onGalleryAsked: root.galleryOpen = !root.galleryOpen
        onDemoAsked: root.shell.trigger("run.startDemo")
        onCurateAsked: root.shell.trigger("datasets.demo")
    }
    GalleryPanel {
        id: gallery

        anchors { right: parent.right; top: parent.top; bottom: parent.bottom; topMargin: root.wide ? 0 : Theme.header + Theme.separator }
        width: Theme.galleryPanel
        visible: root.wide || root.galleryOpen
        gallery: root.gallery
        onShown: imageId => root.generate.showImage(imageId)
        onRestoreAsked: imageId => root.generate.restoreFrom(imageId)
        onStartAsked: url => root.generate.start.choose(url)
        onCompareAsked: imageId => root.generate.compare.start(root.generate.canvasImageId, imageId)
        onComparingAsked: imageId => root.generate.compare.toggle(CompareViewModel.Wipe, imageId)
        onPaletteAsked: root.shell.trigger("palette.open")
    }
}
