// SPDX-License-Identifier: GPL-3.0-or-later
// Names of files and folders that are made from titles.
#pragma once

#include <QString>

namespace darkroom::app {

/// A title as every file system takes it: "cats/dogs" is "cats_dogs". `otherwise` where nothing is left, or only a hidden name.
QString fileNameOf(const QString& title, const QString& otherwise);

/// Path in `folder` that is not there yet: name + ending, else with `between` and a number: "demo", "demo-2", …
QString freePath(const QString& folder, const QString& name, const QString& between, const QString& ending = {});

}  // namespace darkroom::app
