// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSize>
#include <QString>
#include <QStringList>

namespace darkroom::app {

/// The command line of `darkroom`.
struct StudioOptions {
  QString workspace;  ///< folder; empty: the last one, else the default one
  QString page;       ///< empty: the last one
  QString theme;      ///< "dark", "light", "system"; empty: as set
  QSize size;         ///< of the window; invalid: as left
  QString engine = QStringLiteral("local");
  QString captureFolder;  ///< not empty: render pages and exit
  bool safeMode = false;
};

/// Reads the arguments after the program's name. Prints and exits for --help, --version and --licenses.
/// throws  Error{usage} naming the option and what it takes
StudioOptions readOptions(const QStringList& arguments);

}  // namespace darkroom::app
