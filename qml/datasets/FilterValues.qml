// SPDX-License-Identifier: GPL-3.0-or-later
import QtQml
import Darkroom.DatasetModels

/// What the parts of a rule's row have to know of the rule.
QtObject {
    id: root

    required property DatasetsViewModel datasets
    required property int index
    required property string kind
    required property string title
    required property bool on
    required property bool keepsEmpty
    required property bool hasLow
    required property bool hasHigh
    required property double low
    required property double high
    required property double from
    required property double to
    required property double step
    required property int decimals
    required property list<real> bars
    required property string words
    required property string pattern
    required property string notPattern
    required property string dictionary
    readonly property bool chosen: root.datasets.focus === root.index

    /// Where a value lies between the ends of the histogram, 0 to 1.
    function fraction(value: real): real {
        return Math.max(0, Math.min(1, (value - root.from) / Math.max(1e-12, root.to - root.from)));
    }
    function valueAt(fraction: real): real {
        return root.from + Math.max(0, Math.min(1, fraction)) * (root.to - root.from);
    }
}
