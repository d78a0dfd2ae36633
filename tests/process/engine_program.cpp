// SPDX-License-Identifier: Apache-2.0
#include "tests/process/engine_program.h"

namespace darkroom::test {

std::vector<Json> EngineResult::events() const {
  std::vector<Json> events;
  for (const QByteArray& line : output.split('\n')) {
    if (!line.trimmed().isEmpty()) {
      events.push_back(Json::parse(line.toStdString()));
    }
  }
  return events;
}

Json EngineResult::last() const {
  const std::vector<Json> all = events();
  return all.empty() ? Json() : all.back();
}

QString engine_program() { return QStringLiteral(DARKROOM_BUILD_DIR "/bin/darkroom-engine"); }

std::unique_ptr<QProcess> start_engine(const QStringList& arguments) {
  auto process = std::make_unique<QProcess>();
  process->start(engine_program(), arguments);
  return process;
}

EngineResult run_engine(const QStringList& arguments, int timeout_ms) {
  const std::unique_ptr<QProcess> process = start_engine(arguments);
  EngineResult result;
  if (process->waitForFinished(timeout_ms)) {
    result.exit_code = process->exitStatus() == QProcess::NormalExit ? process->exitCode() : 128;
  }
  result.output = process->readAllStandardOutput();
  result.errors = process->readAllStandardError();
  return result;
}

}  // namespace darkroom::test
