// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Darkroom.Theme

/// Several lines of prompt. `markAt` marks the character where the text encoder's next window begins (-1: all fits into one).
/// Alt+Up and Alt+Down ask for earlier and later prompts, Ctrl+Up and Ctrl+Down for more or less weight; Tab leaves the field.
FocusScope {
    id: root

    property string text
    property string placeholder
    property string label
    property string help
    property int markAt: -1
    readonly property alias contentHeight: area.implicitHeight
    readonly property var document: area.textDocument

    signal edited(string newText)
    signal earlierAsked
    signal laterAsked
    /// Of the characters [from, to); none selected: both are the cursor's place.
    signal weightAsked(int from, int to, real by)

    function select(from: int, to: int): void {
        area.select(from, to);
    }
    function selectAll(): void {
        area.selectAll();
    }

    implicitHeight: 54
    implicitWidth: 200
    onTextChanged: if (area.text !== root.text) area.text = root.text

    FieldBackground {
        anchors.fill: parent
        hovered: area.hovered
        focused: area.activeFocus
    }
    Flickable {
        id: view

        function follow(line: rect): void {
            if (line.y < view.contentY)
                view.contentY = line.y;
            else if (line.y + line.height > view.contentY + view.height)
                view.contentY = line.y + line.height - view.height;
        }

        anchors.fill: parent
        anchors.topMargin: Theme.gap6
        anchors.bottomMargin: Theme.gap6
        clip: true
        contentWidth: width
        contentHeight: area.implicitHeight
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ScrollBar {}

        T.TextArea {
            id: area

            width: view.width
            height: Math.max(implicitHeight, view.height)
            implicitHeight: contentHeight + topPadding + bottomPadding
            leftPadding: Theme.gap8 + Theme.gap2
            rightPadding: Theme.gap8 + Theme.gap2
            topPadding: Theme.gap2
            bottomPadding: Theme.gap2
            focus: true
            hoverEnabled: true
            selectByMouse: true
            activeFocusOnTab: true
            textFormat: TextEdit.PlainText
            wrapMode: TextEdit.Wrap
            renderType: Text.NativeRendering
            font.family: Theme.family
            font.pixelSize: Theme.titleSize
            color: root.enabled ? Theme.colors.text : Theme.colors.disabled
            selectionColor: Theme.colors.accentSoft
            selectedTextColor: Theme.colors.accentText
            Accessible.name: root.label
            Accessible.description: root.help
            onTextChanged: if (area.text !== root.text) root.edited(area.text)
            onCursorRectangleChanged: view.follow(area.cursorRectangle)
            Keys.onTabPressed: area.nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason)
            Keys.onBacktabPressed: area.nextItemInFocusChain(false).forceActiveFocus(Qt.BacktabFocusReason)
            Keys.onPressed: event => {
                const up = event.key === Qt.Key_Up;
                const weighs = event.modifiers === Qt.ControlModifier;
                event.accepted = (up || event.key === Qt.Key_Down) && (weighs || event.modifiers === Qt.AltModifier);
                if (event.accepted && weighs)
                    root.weightAsked(area.selectionStart, area.selectionEnd, up ? 0.1 : -0.1);
                else if (event.accepted)
                    up ? root.earlierAsked() : root.laterAsked();
            }

            Rectangle {
                // Reading the text and the width makes the place follow them: positionToRectangle tells of no change.
                readonly property bool within: root.markAt >= 0 && root.markAt <= area.text.length
                readonly property rect place: within && area.text.length > 0 && area.width > 0 && area.contentHeight > 0
                                              ? area.positionToRectangle(root.markAt) : Qt.rect(0, 0, 0, 0)

                visible: root.markAt >= 0
                x: place.x - width
                y: place.y
                width: 2
                height: place.height
                color: Theme.colors.secondary
            }
        }
    }
    Label {
        x: area.leftPadding
        y: view.y + area.topPadding
        width: root.width - 2 * x
        visible: area.length === 0 && area.preeditText.length === 0
        text: root.placeholder
        size: Theme.titleSize
        color: Theme.colors.secondary
    }
    Tooltip { text: root.help; shown: area.hovered && !area.activeFocus }
}
