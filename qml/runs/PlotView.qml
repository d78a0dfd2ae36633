// SPDX-License-Identifier: GPL-3.0-or-later
import QtQml

/// One cursor and one view for all plots of a page; NaN where there is none.
QtObject {
    id: root

    property double cursorX: NaN
    property double from: NaN
    property double to: NaN

    function move(start: double, end: double): void {
        root.from = start;
        root.to = end;
    }
}
