// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.Series
import Darkroom.ViewModels
import Darkroom.RunModels

/// The values under the cursor.
Rectangle {
    id: root

    required property runPoint point
    required property int axis

    function heading(): string {
        if (root.axis === SeriesAxis.Epoch)
            return qsTr("epoch %1").arg(Format.number(root.point.epoch, 2));
        if (root.axis === SeriesAxis.Time)
            return Format.duration(root.point.x * 3600);
        return root.axis === SeriesAxis.Images ? qsTr("%1 images").arg(Format.count(root.point.x)) : qsTr("step %1").arg(Format.count(root.point.step));
    }

    implicitWidth: 152
    implicitHeight: column.implicitHeight + 2 * Theme.gap8
    radius: Theme.radius
    color: Theme.colors.tooltip
    border.width: Theme.dark ? 0 : 1
    border.color: Theme.colors.separator

    component Line: RowLayout {
        id: line

        required property string label
        required property string value

        Layout.fillWidth: true
        spacing: Theme.gap12
        Label {
            Layout.fillWidth: true
            text: line.label
            size: Theme.captionSize
            color: Theme.colors.secondary
        }
        Label {
            text: line.value
            size: Theme.captionSize
        }
    }
    ColumnLayout {
        id: column

        anchors { left: parent.left; right: parent.right; top: parent.top; margins: Theme.gap8 }
        spacing: 0
        Label {
            Layout.bottomMargin: Theme.gap2
            text: root.heading()
            weight: Theme.strong
        }
        Line { label: qsTr("step"); value: Format.count(root.point.step) }
        Line { label: qsTr("loss"); value: Format.number(root.point.loss, 4) }
        Line { label: qsTr("raw"); value: Format.number(root.point.rawLoss, 4) }
        Line { label: qsTr("rate"); value: Format.figure(root.point.learningRate) }
        Line { label: qsTr("norm"); value: Format.figure(root.point.gradientNorm) }
        Line {
            visible: root.point.nearestSave >= 0
            label: qsTr("nearest save")
            value: Format.count(root.point.nearestSave)
        }
    }
}
