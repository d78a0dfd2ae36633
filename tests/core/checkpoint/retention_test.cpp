// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/retention.h"

#include <QTemporaryDir>
#include <set>

#include "core/base/atomic_file.h"
#include "tests/core/checkpoint/small_checkpoint.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

class RetentionTest : public QObject {
  Q_OBJECT

  const ParameterLayout layout_ = small_layout();

  void write(const std::filesystem::path& folder, int64_t step, Json facts = Json::object()) const {
    CheckpointContent content = small_content(layout_, step);
    content.facts.update(facts);
    write_checkpoint(step_folder(folder, step), content);
  }

  static std::set<int> steps_in(const std::filesystem::path& folder) {
    std::set<int> steps;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      steps.insert(std::stoi(entry.path().filename().string().substr(5)));
    }
    return steps;
  }

 private slots:
  void newestStayAndTheRestGoOldestFirst() {
    const QTemporaryDir temporary;
    const std::filesystem::path folder = temporary.path().toStdString();
    for (const int64_t step : {1, 2, 3, 4, 5}) {
      write(folder, step);
    }
    const auto removed = prune_checkpoints(folder, {.keep_last = 3});
    QCOMPARE(removed, (std::vector<std::filesystem::path>{step_folder(folder, 1), step_folder(folder, 2)}));
    QCOMPARE(steps_in(folder), (std::set<int>{3, 4, 5}));
    prune_checkpoints(folder, {.keep_last = 0});
    QCOMPARE(steps_in(folder), (std::set<int>{4, 5}));  // two at least
  }

  void endsOfEpochsTheBestAndTheNeededOneStay() {
    const QTemporaryDir temporary;
    const std::filesystem::path folder = temporary.path().toStdString();
    const auto validated = [](int64_t step, double loss) { return Json{{"losses", {{"validation", loss}}}, {"validated_step", step}}; };
    write(folder, 1, validated(1, 0.3));
    write(folder, 2, validated(2, 0.1));
    write(folder, 3, {{"epoch_end", true}});
    write(folder, 4, {{"losses", {{"validation", 0.01}}}, {"validated_step", 3}});  // the loss of another step
    write(folder, 5);
    write(folder, 6);
    write(folder, 7);
    prune_checkpoints(folder, {.keep_last = 1, .needed = 5});
    QCOMPARE(steps_in(folder), (std::set<int>{2, 3, 5, 6, 7}));
    prune_checkpoints(folder, {.keep_last = 1, .keep_epochs = false, .keep_best = false});
    QCOMPARE(steps_in(folder), (std::set<int>{6, 7}));
  }

  void lastWholeOneStaysWhenNewerOnesAreDamaged() {
    const QTemporaryDir temporary;
    const std::filesystem::path folder = temporary.path().toStdString();
    for (const int64_t step : {1, 2, 3, 4}) {
      write(folder, step);
    }
    std::filesystem::resize_file(step_folder(folder, 3) / "training_state.safetensors", 10);
    write_file_atomically(step_folder(folder, 4) / "meta.json", "{");
    prune_checkpoints(folder, {.keep_last = 1});
    QCOMPARE(steps_in(folder), (std::set<int>{2, 3, 4}));
  }
};

DARKROOM_TEST(RetentionTest);
#include "retention_test.moc"
