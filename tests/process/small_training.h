// SPDX-License-Identifier: Apache-2.0
// A training of a few seconds by the real engine: demo pictures at 32 x 32, batches of eight, two phases of two epochs and one.
#pragma once

#include <sys/types.h>

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/run/journal.h"
#include "core/run/run_directory.h"
#include "tests/process/engine_program.h"
#include "tests/process/engine_traces.h"

namespace darkroom::test {

class SmallTraining {
 public:
  static constexpr int steps_per_epoch = 3;
  static constexpr int last_step = 9;

  /// Makes dataset and plans. Returns what went wrong; empty when all is well.
  QByteArray make() {
    const QString tar = QStringLiteral(DARKROOM_SOURCE_DIR "/resources/demo/demo-000000.tar");
    const EngineResult built = run_engine({"data", "build", tar, "--model", "pocket", "--size", "32", "--out", path("dataset"), "--json"});
    if (built.exit_code != 0) {
      return built.output + built.errors;
    }
    for (const int ranks : {1, 2, 4}) {
      write_plan(plan_name(ranks), 4 / ranks);
    }
    return {};
  }

  /// The global batch is eight for one, two and four ranks.
  static QString plan_name(int ranks) { return QString("plan_%1.json").arg(ranks); }

  QString path(const QString& name) const { return folder_.filePath(name); }

  /// The run after `last_step`, uninterrupted; trained at the first call, by `ranks` ranks.
  std::string whole_hash(int ranks = 2) {
    if (!whole_.contains(ranks)) {
      const QString run = path(QString("whole_%1").arg(ranks));
      const EngineResult result = train(run, ranks);
      if (result.exit_code != 0) {
        qWarning("%s", result.errors.constData());
      }
      whole_[ranks] = hash_of(run);
    }
    return whole_.at(ranks);
  }

  QStringList arguments(const QString& run, int ranks = 2) const {
    QStringList devices;
    for (int rank = 0; rank < ranks; ++rank) {
      devices.append("cpu");
    }
    if (RunDirectory::is_run(run.toStdString())) {
      return {"train", "--run", run, "--resume"};
    }
    return {"train", "--plan", path(plan_name(ranks)), "--run", run, "--devices", devices.join(",")};
  }

  EngineResult train(const QString& run, int ranks = 2, const QStringList& more = {}) const {
    return run_engine(arguments(run, ranks) + more);
  }

  static std::string hash_of(const QString& run) { return run_engine({"run", "hash", run, "--json"}).last().value("hash", ""); }

  static std::vector<JournalEntry> entries(const QString& run, JournalEvent event) {
    std::vector<JournalEntry> found;
    for (const JournalEntry& entry : Journal((run + "/journal.jsonl").toStdString()).read()) {
      if (entry.event == event) {
        found.push_back(entry);
      }
    }
    return found;
  }

  /// Steps in metrics.jsonl, in file order.
  static std::vector<int64_t> steps_of(const QString& run) {
    std::vector<int64_t> steps;
    for (const Json& row : json_lines(run + "/metrics.jsonl")) {
      if (row.is_object()) {
        steps.push_back(row.value("step", int64_t{0}));
      }
    }
    return steps;
  }

  template <typename Condition>
  static bool wait_until(Condition&& condition, int timeout_ms = 60000) {
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < timeout_ms) {
      if (condition()) {
        return true;
      }
      QTest::qWait(5);
    }
    return false;
  }

  static bool wait_for_step(const QString& run, int64_t step) {
    return wait_until([&] {
      const std::vector<int64_t> steps = steps_of(run);
      return !steps.empty() && steps.back() >= step;
    });
  }

  static bool is_alive(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string id;
    std::string name;
    std::string state;
    return file >> id >> name >> state && state != "Z";
  }

 private:
  void write_plan(const QString& name, int accumulation) const {
    const std::string dataset = path("dataset").toStdString();
    const Json sources = Json::array({{{"dataset", dataset}, {"limit", 20}}});
    const Json plan{{"darkroom_plan", 1},
                    {"name", "small"},
                    {"model", {{"layout", "pocket"}, {"vae", "pocket"}, {"text_encoder", "pocket"}}},
                    {"precision", "fp32"},
                    {"batch", {{"per_device", 2}, {"accumulation", accumulation}}},
                    {"checkpoint", {{"every_steps", 2}, {"keep_last", 3}, {"keep_epochs", false}}},
                    {"validation", {{"every_epochs", 0}}},
                    {"logging", {{"tensorboard", false}, {"wandb", "off"}}},
                    {"phases", Json::array({{{"name", "first"}, {"epochs", 2}, {"sources", sources}, {"warmup_steps", 2}},
                                            {{"name", "second"},
                                             {"epochs", 1},
                                             {"sources", sources},
                                             {"warmup_steps", 1},
                                             {"cfg_dropout", 0.3},
                                             {"prediction", "v_prediction"}}})}};
    write_file_atomically(path(name).toStdString(), plan.dump(2));
  }

  QTemporaryDir folder_;
  std::map<int, std::string> whole_;
};

}  // namespace darkroom::test
