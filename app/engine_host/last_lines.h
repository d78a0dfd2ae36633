// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace darkroom::app {

/// The last lines of what a process wrote, for telling why it ended.
class LastLines {
 public:
  static constexpr int kLines = 40;

  void feed(const QByteArray& bytes);
  void clear();
  QString text() const;

 private:
  QStringList m_lines;
  QByteArray m_open;  ///< a line without its end yet
};

/// The last lines of a file; empty when it cannot be read.
QString lastLinesOfFile(const QString& path);

}  // namespace darkroom::app
