// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/free_name.h"

#include <QFileInfo>

namespace darkroom::app {

QString fileNameOf(const QString& title, const QString& otherwise) {
  QString name = title.simplified();
  for (QChar& character : name) {
    if (!character.isLetterOrNumber() && !QStringLiteral(" -_.()").contains(character)) {
      character = '_';
    }
  }
  return name.isEmpty() || name.startsWith('.') ? otherwise : name;
}

QString freePath(const QString& folder, const QString& name, const QString& between, const QString& ending) {
  const QString base = folder + '/' + name;
  QString path = base + ending;
  for (int number = 2; QFileInfo::exists(path); ++number) {
    path = base + between + QString::number(number) + ending;
  }
  return path;
}

}  // namespace darkroom::app
