// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Dialogs
import Darkroom.Theme
import Darkroom.Controls
import Darkroom.ViewModels
import Darkroom.DatasetModels

/// Sources, the rules of the chosen one, the wall of its pictures, and its pipeline.
FocusScope {
    id: root

    required property ShellViewModel shell
    required property DatasetsViewModel datasets
    readonly property bool blank: root.datasets.current.length === 0

    Rectangle {
        anchors.fill: parent
        color: Theme.colors.surface
    }
    DropArea {
        anchors.fill: parent
        keys: ["text/uri-list"]
        onDropped: event => {
            if (event.hasUrls) {
                event.accept(Qt.CopyAction);
                root.datasets.addDropped(event.urls);
            }
        }
    }
    SourceList {
        id: sources

        anchors { left: parent.left; top: parent.top; bottom: pipeline.top }
        width: Theme.sourceList
        focus: true
        datasets: root.datasets
        onAddAsked: add.open()
        onFolderAsked: folderDialog.open()
        onStatisticsAsked: report.open()
        onDuplicatesAsked: duplicates.open()
    }
    Separator {
        anchors { left: sources.right; top: parent.top; bottom: pipeline.top }
    }
    DatasetsEmpty {
        anchors { left: sources.right; right: parent.right; top: parent.top; bottom: pipeline.top }
        visible: root.blank || root.datasets.state === DatasetsViewModel.Loading || root.datasets.state === DatasetsViewModel.Failed
        datasets: root.datasets
        onAddAsked: add.open()
    }
    FilterPanel {
        id: filters

        anchors { left: sources.right; leftMargin: Theme.separator; top: parent.top; bottom: pipeline.top }
        width: Theme.filterPanel
        visible: root.datasets.state === DatasetsViewModel.Ready
        datasets: root.datasets
    }
    WallPanel {
        anchors { left: filters.right; right: parent.right; top: parent.top; bottom: pipeline.top }
        visible: filters.visible
        datasets: root.datasets
        onLargeAsked: row => large.show(row)
        onPaletteAsked: root.shell.trigger("palette.open")
    }
    PipelineStrip {
        id: pipeline

        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        height: root.blank ? 0 : Theme.pipeline
        visible: !root.blank
        datasets: root.datasets
        onQuarantineAsked: (stage, title) => quarantine.show(stage, title)
        onOptionsAsked: options.open()
        onAuditAsked: audit.open()
        onMixtureAsked: mixture.open()
    }
    LargeView {
        id: large

        datasets: root.datasets
    }
    AddSourceSheet {
        id: add

        datasets: root.datasets
        onFilesAsked: fileDialog.open()
        onFolderAsked: folderDialog.open()
    }
    QuarantineSheet {
        id: quarantine

        datasets: root.datasets
    }
    ReportSheet {
        id: report

        datasets: root.datasets
    }
    DuplicatesSheet {
        id: duplicates

        datasets: root.datasets
    }
    AuditSheet {
        id: audit

        datasets: root.datasets
    }
    MixtureSheet {
        id: mixture

        datasets: root.datasets
    }
    PipelineOptions {
        id: options

        datasets: root.datasets
    }
    FileDialog {
        id: fileDialog

        title: qsTr("Add a source")
        fileMode: FileDialog.OpenFiles
        nameFilters: [qsTr("Metadata, tars, archives, Arrow (*.parquet *.tar *.arrow *.zip *.tgz)"), qsTr("All files (*)")]
        onAccepted: root.datasets.addDropped(selectedFiles)
    }
    FolderDialog {
        id: folderDialog

        title: qsTr("Add a folder")
        onAccepted: root.datasets.addDropped([selectedFolder])
    }
    Shortcut {
        sequences: ["Ctrl+Z"]
        enabled: root.visible && root.enabled && root.datasets.canUndo
        onActivated: root.datasets.undo()
    }
    Shortcut {
        sequences: ["Ctrl+Shift+Z"]
        enabled: root.visible && root.enabled && root.datasets.canRedo
        onActivated: root.datasets.redo()
    }
}
