// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// Lines of pictures under day headings. Arrows select, Enter takes the settings over, 1 to 5 rate, I starts from the picture, C compares
/// it with the next one that is selected, Delete deletes, Ctrl+Z brings back.
ListView {
    id: root

    required property GalleryModel gallery

    signal shown(var imageId)
    signal restoreAsked(var imageId)
    signal startAsked(url picture)
    signal compareAsked(var imageId)
    signal comparingAsked(var imageId)

    function select(imageId: var): void {
        root.gallery.selectedId = imageId;
        root.shown(imageId);
    }
    function step(by: int): void {
        root.gallery.selectNext(by);
        root.shown(root.gallery.selectedId);
        root.positionViewAtIndex(rows.lineOf(root.gallery.selectedId), ListView.Contain);
    }

    clip: true
    reuseItems: true
    cacheBuffer: 600
    boundsBehavior: Flickable.StopAtBounds
    activeFocusOnTab: true
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Gallery")
    model: GalleryRowModel {
        id: rows

        gallery: root.gallery
        columns: 2
    }
    T.ScrollBar.vertical: ScrollBar {}
    Keys.onLeftPressed: root.step(-1)
    Keys.onRightPressed: root.step(1)
    Keys.onUpPressed: root.step(-2)
    Keys.onDownPressed: root.step(2)
    Keys.onReturnPressed: root.restoreAsked(root.gallery.selectedId)
    Keys.onDeletePressed: root.gallery.remove(root.gallery.selectedId)
    Keys.onPressed: event => {
        const rates = event.modifiers === Qt.NoModifier && event.key >= Qt.Key_0 && event.key <= Qt.Key_5 && root.gallery.selectedId > 0;
        const undoes = event.matches(StandardKey.Undo) && root.gallery.canUndo;
        const plain = event.modifiers === Qt.NoModifier && root.gallery.selectedId > 0;
        const starts = plain && event.key === Qt.Key_I;
        const compares = plain && event.key === Qt.Key_C;
        event.accepted = rates || undoes || starts || compares;
        if (starts)
            root.startAsked(root.gallery.image(root.gallery.selectedId).imageUrl);
        else if (compares)
            root.comparingAsked(root.gallery.selectedId);
        if (rates)
            root.gallery.setRating(root.gallery.selectedId, event.key - Qt.Key_0);
        else if (undoes)
            root.gallery.undoRemove();
    }
    delegate: GalleryLine {
        width: root.width
        gallery: root.gallery
        listFocused: root.activeFocus
        onTapped: imageId => {
            root.forceActiveFocus(Qt.MouseFocusReason);
            root.select(imageId);
        }
        onRestoreAsked: imageId => root.restoreAsked(imageId)
        onStartAsked: picture => root.startAsked(picture)
        onCompareAsked: imageId => root.compareAsked(imageId)
    }
}
