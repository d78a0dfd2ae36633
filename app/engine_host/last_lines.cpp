// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_host/last_lines.h"

#include <QFile>

namespace darkroom::app {

void LastLines::feed(const QByteArray& bytes) {
  m_open += bytes;
  qsizetype from = 0;
  for (qsizetype end = m_open.indexOf('\n'); end >= 0; end = m_open.indexOf('\n', from)) {
    const QByteArray line = m_open.mid(from, end - from).trimmed();
    if (!line.isEmpty()) {
      m_lines.append(QString::fromUtf8(line));
    }
    from = end + 1;
  }
  m_open.remove(0, from);
  if (m_open.size() > 4096) {
    m_open.clear();
  }
  while (m_lines.size() > kLines) {
    m_lines.removeFirst();
  }
}

void LastLines::clear() {
  m_lines.clear();
  m_open.clear();
}

QString LastLines::text() const {
  QStringList lines = m_lines;
  if (!m_open.trimmed().isEmpty()) {
    lines.append(QString::fromUtf8(m_open.trimmed()));
  }
  return lines.join('\n');
}

QString lastLinesOfFile(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) {
    return {};
  }
  file.seek(std::max<qint64>(0, file.size() - 16384));
  LastLines lines;
  lines.feed(file.readAll());
  return lines.text();
}

}  // namespace darkroom::app
