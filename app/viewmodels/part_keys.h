// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

#include "app/viewmodels/shell_items.h"

namespace darkroom::app {

/// Keys that parts of a page take while they have the keyboard, for F1: to be read there, not to be bound. `id` and `page` are empty.
/// page    as ShellViewModel::page
/// part    what the middle of the page does now ("mask", "compare"), empty: nothing special; its keys come first, and those of another
///         part are left out
QList<ActionItem> partKeys(const QString& page, const QString& part);

}  // namespace darkroom::app
