// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Darkroom.Theme

/// The icon of a message: "error", "warning", "ok", "info".
Icon {
    id: root

    required property string kind

    icon: root.kind
    color: root.kind === "error" ? Theme.colors.error : root.kind === "warning" ? Theme.colors.warning
         : root.kind === "ok" ? Theme.colors.ok : Theme.colors.secondary
}
