// SPDX-License-Identifier: Apache-2.0
// darkroom-engine as a user starts it: arguments in, exit code and output out.
#pragma once

#include <QByteArray>
#include <QProcess>
#include <QStringList>
#include <memory>
#include <vector>

#include "core/base/json.h"

namespace darkroom::test {

struct EngineResult {
  int exit_code = -1;
  QByteArray output;
  QByteArray errors;

  /// The JSON lines of --json.
  std::vector<Json> events() const;
  /// The last event; a null value when there is none.
  Json last() const;
};

QString engine_program();

/// Runs to the end, at most `timeout_ms`; a time-out is a failed start (exit code -1).
EngineResult run_engine(const QStringList& arguments, int timeout_ms = 300000);

/// Starts and does not wait.
std::unique_ptr<QProcess> start_engine(const QStringList& arguments);

}  // namespace darkroom::test
