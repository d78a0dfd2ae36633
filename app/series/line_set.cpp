// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/line_set.h"

namespace darkroom::app {

QStringList LineSet::names() const {
  QStringList names;
  for (const SetLine& line : m_lines) {
    names << line.name;
  }
  return names;
}

QList<int> LineSet::looks() const {
  QList<int> looks;
  for (const SetLine& line : m_lines) {
    looks << line.look;
  }
  return looks;
}

void LineSet::set(const QList<SetLine>& lines) {
  for (const SetLine& line : std::as_const(m_lines)) {
    if (line.series) {
      line.series->disconnect(this);
    }
  }
  m_lines = lines;
  for (const SetLine& line : std::as_const(m_lines)) {
    connect(line.series, &SeriesStore::changed, this, &LineSet::changed);
    connect(line.series, &QObject::destroyed, this, &LineSet::changed);
  }
  emit changed();
}

}  // namespace darkroom::app
