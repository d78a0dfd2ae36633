// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.DatasetModels

/// Rows as pictures. Arrows and Space go through them, Enter opens one large, X turns its verdict round.
FocusScope {
    id: root

    required property WallModel rows
    required property DatasetsViewModel datasets
    required property int side
    required property string label
    property string emptyText
    /// Shows no slivers of lines.
    property bool whole: false

    signal largeAsked(double row)
    signal aboveAsked
    signal belowAsked

    function enter(): void {
        view.forceActiveFocus(Qt.TabFocusReason);
        if (view.currentIndex < 0)
            view.currentIndex = 0;
    }

    GridView {
        id: view

        readonly property int columns: Math.max(1, Math.floor(width / (root.side + Theme.gap8)))
        readonly property int lines: Math.max(1, Math.floor((root.height + Theme.gap4) / cellHeight))
        readonly property real room: root.whole && root.height - lines * cellHeight < cellHeight / 3 ? Math.min(root.height, lines * cellHeight) : root.height
        /// Lines whose tiles were made. A view makes all that it shows and buffers at once when rows come: a wall of a hundred would hold up
        /// the page.
        property int made: 1

        // The gap after the last column lies outside; whole lines only.
        width: parent.width + Theme.gap8
        height: Math.min(view.room, view.made * view.cellHeight)
        clip: true
        focus: true
        activeFocusOnTab: true
        model: root.rows
        cellWidth: Math.floor(width / columns)
        cellHeight: cellWidth - Theme.gap8 + 40
        cacheBuffer: view.made > view.lines ? 400 : 0
        boundsBehavior: Flickable.StopAtBounds
        reuseItems: true
        currentIndex: -1
        keyNavigationEnabled: true
        Accessible.role: Accessible.List
        Accessible.name: root.label
        T.ScrollBar.vertical: ScrollBar {}
        onActiveFocusChanged: if (view.activeFocus && view.currentIndex < 0 && view.count > 0) view.currentIndex = 0
        Keys.onUpPressed: view.currentIndex < view.columns ? root.aboveAsked() : view.moveCurrentIndexUp()
        Keys.onDownPressed: view.currentIndex + view.columns >= view.count ? root.belowAsked() : view.moveCurrentIndexDown()
        Keys.onSpacePressed: view.currentIndex = Math.min(view.count - 1, view.currentIndex + 1)
        Keys.onReturnPressed: if (view.currentIndex >= 0) root.largeAsked(root.rows.rowAt(view.currentIndex))
        Keys.onEnterPressed: if (view.currentIndex >= 0) root.largeAsked(root.rows.rowAt(view.currentIndex))
        Keys.onPressed: event => {
            event.accepted = event.key === Qt.Key_X && event.modifiers === Qt.NoModifier && view.currentIndex >= 0;
            if (event.accepted)
                root.datasets.toggleOverride(root.rows.rowAt(view.currentIndex));
        }
        delegate: WallTile {
            id: tile

            width: view.cellWidth - Theme.gap8
            height: view.cellHeight - Theme.gap4
            datasets: root.datasets
            chosen: GridView.isCurrentItem && view.activeFocus
            onTapped: {
                view.forceActiveFocus(Qt.MouseFocusReason);
                view.currentIndex = tile.index;
            }
            onLargeAsked: root.largeAsked(tile.row)
            onOverrideAsked: root.datasets.toggleOverride(tile.row)
        }
    }
    FrameAnimation {
        running: view.visible && view.count > 0 && view.made <= view.lines
        onTriggered: ++view.made
    }
    Label {
        anchors.centerIn: parent
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        visible: view.count === 0
        text: root.emptyText
        color: Theme.colors.secondary
    }
}
