// SPDX-License-Identifier: Apache-2.0
#include "core/train/run_saver.h"

#include "tests/core/checkpoint/small_checkpoint.h"
#include "tests/core/run/run_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

class RunSaverTest : public QObject {
  Q_OBJECT

  const ParameterLayout layout_ = small_layout();

 private slots:
  void aCopyThatCannotBeMadeIsAFailedSave() {
    const QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    RunSaver saver(run);
    CheckpointContent content = small_content(layout_, 3);
    content.state[0].tensor = content.state[0].tensor.to(torch::kMeta);  // memory that nobody can read
    saver.save(3, "steps", content, {});
    const std::vector<SaveOutcome> failed = saver.finished();
    QCOMPARE(failed.size(), size_t{1});
    QCOMPARE(failed[0].step, int64_t{3});
    QVERIFY(failed[0].error && !failed[0].error->empty());
    QVERIFY2(failed[0].error->find("Exception raised from") == std::string::npos, failed[0].error->c_str());
    QVERIFY(!std::filesystem::exists(run.checkpoint_of(3)));

    saver.save(4, "steps", small_content(layout_, 4), {});
    saver.wait();
    const std::vector<SaveOutcome> saved = saver.finished();
    QCOMPARE(saved.size(), size_t{1});
    QVERIFY2(!saved[0].error, saved[0].error.value_or("").c_str());
    verify_checkpoint(run.checkpoint_of(4));
  }
};

DARKROOM_TEST(RunSaverTest);
#include "run_saver_test.moc"
