// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels

/// A picture of the gallery. A click shows it, a double click takes its settings over, it can be dragged out as a file.
Item {
    id: root

    required property galleryImage image
    required property bool selected
    property bool focused: false

    signal tapped
    signal restoreAsked
    signal rated(int stars)
    signal startAsked
    signal compareAsked
    signal deleteAsked

    width: Theme.galleryThumbnail
    height: Theme.galleryThumbnail + 22
    Accessible.role: Accessible.ListItem
    Accessible.name: root.image.prompt
    Accessible.selected: root.selected
    Accessible.onPressAction: root.tapped()

    Rectangle {
        width: Theme.galleryThumbnail
        height: Theme.galleryThumbnail
        radius: Theme.smallRadius
        color: Theme.colors.field
        visible: picture.status !== Image.Ready
        Icon {
            anchors.centerIn: parent
            visible: picture.status === Image.Error
            icon: "warning"
        }
    }
    Image {
        id: picture

        width: Theme.galleryThumbnail
        height: Theme.galleryThumbnail
        asynchronous: true
        source: root.image.thumbnailUrl
        sourceSize { width: Theme.galleryThumbnail; height: Theme.galleryThumbnail }
        fillMode: Image.PreserveAspectCrop
        clip: true
        opacity: status === Image.Ready ? 1 : 0
        Behavior on opacity { NumberAnimation { duration: Theme.hoverTime } }

        Drag.active: dragging.active
        Drag.dragType: Drag.Automatic
        Drag.supportedActions: Qt.CopyAction
        Drag.mimeData: ({ "text/uri-list": String(root.image.imageUrl) })
        HoverHandler { id: pointer }
        DragHandler {
            id: dragging

            target: null
        }
        TapHandler {
            onTapped: root.tapped()
            onDoubleTapped: root.restoreAsked()
        }
        TapHandler {
            acceptedButtons: Qt.RightButton
            onTapped: menu.active = true
        }
        Tooltip { text: root.image.prompt; shown: pointer.hovered && !menu.active }
    }
    Rectangle {
        anchors { fill: picture; margins: -4 }
        visible: root.selected
        color: "transparent"
        radius: Theme.radius
        border.width: 2
        border.color: Theme.colors.ring
    }
    RowLayout {
        anchors { left: parent.left; right: parent.right; top: picture.bottom; topMargin: Theme.gap4 }
        height: 16
        StarRating {
            rating: root.image.rating
            onRated: stars => root.rated(stars)
            activeFocusOnTab: false
        }
        Item { Layout.fillWidth: true }
        Label {
            text: root.image.time
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
    }
    Loader {
        id: menu

        active: false
        // A Loader of Qt 6.4 cannot make a bound component, which qmllint asks for.
        // qmllint disable unqualified
        sourceComponent: GalleryMenu {
            onRestoreAsked: root.restoreAsked()
            onStartAsked: root.startAsked()
            onCompareAsked: root.compareAsked()
            onDeleteAsked: root.deleteAsked()
            onClosed: menu.active = false
            Component.onCompleted: popup(root, pointer.point.position.x, pointer.point.position.y)
        }
        // qmllint enable unqualified
    }
}
