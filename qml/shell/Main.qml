// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Window
import Darkroom.Theme
import Darkroom.Datasets
import Darkroom.Generate
import Darkroom.Plans
import Darkroom.Runs
import Darkroom.Models
import Darkroom.ViewModels
import Darkroom.DatasetModels
import Darkroom.PlanModels
import Darkroom.RunModels

/// The window: rail, the page that is open, activity bar, and what comes over them. main.cpp gives it its size and shows it.
Window {
    id: root

    required property ShellViewModel shell
    required property GenerateViewModel generate
    required property GalleryModel gallery
    required property DatasetsViewModel datasets
    required property PlansViewModel plans
    required property RunsViewModel runs
    required property ModelsViewModel models

    visible: false
    color: Theme.colors.window
    title: qsTr("%1 – Darkroom").arg(root.shell.workspaceName)

    Binding { target: Theme; property: "dark"; value: root.shell.darkTheme }
    Binding { target: Theme; property: "reduceMotion"; value: root.shell.reduceMotion || root.shell.capturing }

    Rail {
        id: rail

        anchors { left: parent.left; top: parent.top; bottom: bar.top }
        shell: root.shell
        onSettingsAsked: settings.open()
    }
    Page {
        id: generatePage

        anchors { left: rail.right; right: parent.right; top: parent.top; bottom: bar.top }
        current: root.shell.page === "generate"
        // A Loader of Qt 6.4 cannot make a bound component, which qmllint asks for.
        // qmllint disable unqualified
        sourceComponent: GeneratePage {
            focus: true
            shell: root.shell
            generate: root.generate
            gallery: root.gallery
        }
        // qmllint enable unqualified
    }
    Page {
        anchors { left: rail.right; right: parent.right; top: parent.top; bottom: bar.top }
        current: root.shell.page === "datasets"
        // qmllint disable unqualified
        sourceComponent: DatasetsPage {
            focus: true
            shell: root.shell
            datasets: root.datasets
        }
        // qmllint enable unqualified
    }
    Page {
        anchors { left: rail.right; right: parent.right; top: parent.top; bottom: bar.top }
        current: root.shell.page === "plans"
        // qmllint disable unqualified
        sourceComponent: PlansPage {
            focus: true
            shell: root.shell
            plans: root.plans
        }
        // qmllint enable unqualified
    }
    Page {
        anchors { left: rail.right; right: parent.right; top: parent.top; bottom: bar.top }
        current: root.shell.page === "runs"
        // qmllint disable unqualified
        sourceComponent: RunsPage {
            focus: true
            shell: root.shell
            runs: root.runs
        }
        // qmllint enable unqualified
    }
    Page {
        anchors { left: rail.right; right: parent.right; top: parent.top; bottom: bar.top }
        current: root.shell.page === "models"
        // qmllint disable unqualified
        sourceComponent: ModelsPage {
            focus: true
            shell: root.shell
            models: root.models
        }
        // qmllint enable unqualified
    }
    ActivityBar {
        id: bar

        anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
        shell: root.shell
        onNotificationsAsked: notifications.opened ? notifications.close() : notifications.open()
    }
    EngineCard {
        anchors { horizontalCenter: parent.horizontalCenter; bottom: bar.top; bottomMargin: Theme.gap16 }
        shell: root.shell
    }
    ToastList {
        anchors { right: parent.right; bottom: bar.top; margins: Theme.gap12 }
        shell: root.shell
        quiet: notifications.opened
    }

    CommandPalette {
        id: palette

        shell: root.shell
    }
    ShortcutsOverlay {
        id: shortcuts

        shell: root.shell
    }
    NotificationList {
        id: notifications

        shell: root.shell
    }
    SettingsPopover {
        id: settings

        shell: root.shell
        onShortcutsAsked: shortcuts.open()
    }
    ShortcutKeys { shell: root.shell }

    Connections {
        target: root.shell

        function onActionTriggered(id: string): void {
            if (id === "palette.open")
                palette.open();
            else if (id === "shortcuts.show")
                shortcuts.open();
            else if (id === "prompt.focus" && generatePage.item !== null)
                (generatePage.item as GeneratePage).focusPrompt();
        }
    }
}
