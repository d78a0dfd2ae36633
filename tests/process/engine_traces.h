// SPDX-License-Identifier: Apache-2.0
// What can be seen of the engine from outside: the files that it wrote and the processes that it started.
#pragma once

#include <sys/types.h>

#include <QByteArray>
#include <QFile>
#include <QString>
#include <fstream>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace darkroom::test {

/// A file's bytes; empty when it cannot be read.
inline QByteArray content(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Lines of a file as JSON; a torn last line is left out.
inline std::vector<Json> json_lines(const QString& path) {
  std::vector<Json> lines;
  std::ifstream file(path.toStdString());
  for (std::string line; std::getline(file, line);) {
    if (const Json parsed = Json::parse(line, nullptr, false); !parsed.is_discarded()) {
      lines.push_back(parsed);
    }
  }
  return lines;
}

/// Process ids of a process's children; those of a supervisor are the ranks.
inline std::vector<pid_t> children_of(qint64 pid) {
  std::vector<pid_t> children;
  std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  for (pid_t child = 0; file >> child;) {
    children.push_back(child);
  }
  return children;
}

}  // namespace darkroom::test
