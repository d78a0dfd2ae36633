// SPDX-License-Identifier: Apache-2.0
#include "core/run/run_directory.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/metrics/metrics_log.h"
#include "core/run/journal.h"
#include "core/run/run_lock.h"
#include "tests/core/run/run_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

void make_checkpoint(const RunDirectory& run, const std::string& name, bool complete = true) {
  fs::create_directories(run.checkpoints_folder() / name / "unet");
  write_file_atomically(run.checkpoints_folder() / name / "unet" / "config.json", "{}");
  if (complete) {
    write_file_atomically(run.checkpoints_folder() / name / "meta.json", R"({"step": 1})");
  }
}

void add_rows(const RunDirectory& run, int64_t from, int64_t to) {
  MetricsLog log(run.metrics_file());
  for (int64_t step = from; step <= to; ++step) {
    StepReport report;
    report.step = step;
    report.total_steps = 1000;
    report.epoch = static_cast<double>(step) / 100;
    report.phase = 1;
    report.time = 2e9 + static_cast<double>(step);
    report.loss = 0.5;
    report.step_ms = 200;
    report.images_per_s = 80;
    log.append(report);
  }
}

}  // namespace

class RunDirectoryTest : public QObject {
  Q_OBJECT

 private slots:
  void aCheckpointNamesItsRunAsParentAndAModelNone() {
    QTemporaryDir folder;
    const fs::path checkpoint = path_of(folder) / "checkpoints" / "step_0000120";
    fs::create_directories(checkpoint);
    QVERIFY(!run_parent_of(checkpoint));
    QVERIFY(!run_parent_of({}));
    write_file_atomically(checkpoint / "meta.json", Json{{"run", "abcdefgh"}, {"step", 120}}.dump());
    QCOMPARE(run_parent_of(checkpoint)->run, std::string("abcdefgh"));
    QCOMPARE(run_parent_of(checkpoint)->checkpoint, std::string("step_0000120"));
    const fs::path source_run = path_of(folder) / "sd_latest.pt";
    write_file_atomically(source_run, "PK");
    QVERIFY(run_parent_of(source_run)->run.empty());
    QCOMPARE(run_parent_of(source_run)->checkpoint, source_run.string());
  }

  void whatIsCreatedCanBeOpened() {
    QTemporaryDir folder;
    const RunDirectory made =
        RunDirectory::create(path_of(folder) / "a" / "run", small_plan(), "mine", "0.1.0", RunParent{"abcdefgh", "step_0001500"});
    const RunDirectory opened = RunDirectory::open(path_of(folder) / "a" / "run");
    QCOMPARE(opened.info().id, made.info().id);
    QCOMPARE(opened.info().id.size(), size_t{8});
    QCOMPARE(opened.info().name, std::string("mine"));
    QCOMPARE(opened.info().parent->checkpoint, std::string("step_0001500"));
    QCOMPARE(opened.info().plan_hash, plan_hash(small_plan()));
    QVERIFY(opened.plan() == small_plan());
    QCOMPARE(opened.status().state, RunState::created);
    QCOMPARE(opened.status().epochs, int64_t{5});
  }

  void aFolderWithSomethingInItIsNotMadeARun() {
    QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    QVERIFY_EXCEPTION_THROWN(make_run(folder), Error);
    fs::create_directory(path_of(folder) / "full");
    write_file_atomically(path_of(folder) / "full" / "x", "x");
    QVERIFY_EXCEPTION_THROWN(make_run(folder, "full"), Error);
    fs::create_directory(path_of(folder) / "empty");
    make_run(folder, "empty");
    QVERIFY_EXCEPTION_THROWN(RunDirectory::open(path_of(folder) / "full"), Error);
    write_file_atomically(run.run_file(), R"({"id": 3})");
    QVERIFY_EXCEPTION_THROWN(RunDirectory::open(run.folder()), Error);
  }

  void stepNamesGoThereAndBack() {
    QCOMPARE(RunDirectory::step_name(1500), std::string("step_0001500"));
    QCOMPARE(RunDirectory::step_of_name("step_0001500").value_or(-1), int64_t{1500});
    QCOMPARE(RunDirectory::step_of_name(RunDirectory::step_name(123456789)).value_or(-1), int64_t{123456789});
    for (const char* name : {"step_0001500.partial", "step_15", "step_-000001", "step_", "epoch_0000001", ".trash"}) {
      QVERIFY2(!RunDirectory::step_of_name(name), name);
    }
  }

  void onlyCompleteCheckpointsCountAndLeftoversAreRemovedByName() {
    QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    QVERIFY(!run.newest_checkpoint());
    make_checkpoint(run, "step_0000200");
    make_checkpoint(run, "step_0000100");
    make_checkpoint(run, "step_0000300", false);
    make_checkpoint(run, "step_0000400.partial");
    make_checkpoint(run, ".trash");
    QCOMPARE(run.checkpoints().size(), size_t{2});
    QCOMPARE(run.checkpoints()[0].step, int64_t{100});
    QCOMPARE(run.newest_checkpoint()->step, int64_t{200});
    QCOMPARE(run.newest_checkpoint()->meta()["step"].get<int>(), 1);
    const std::vector<fs::path> removed = run.remove_leftovers();
    QCOMPARE(removed.size(), size_t{3});
    QVERIFY(run.leftovers().empty());
    QCOMPARE(run.checkpoints().size(), size_t{2});
  }

  void samplesAreListedByStep() {
    QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    for (const int64_t step : {200, 100}) {
      fs::create_directories(run.samples_of(step));
      write_file_atomically(run.samples_of(step) / "01.png", "");
      write_file_atomically(run.samples_of(step) / "00.png", "");
      write_file_atomically(run.samples_of(step) / "note.txt", "");
    }
    fs::create_directories(run.samples_of(300));
    QCOMPARE(run.samples().size(), size_t{2});
    QCOMPARE(run.samples()[0].step, int64_t{100});
    QCOMPARE(run.samples()[0].files[0].filename().string(), std::string("00.png"));
    QCOMPARE(run.samples()[0].files.size(), size_t{2});
  }

  void stateFollowsFromLockJournalAndRows() {
    QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    const Journal journal(run.journal_file());
    {
      const RunLock lock(run.lock_file());
      journal.append(JournalEvent::launched);
      add_rows(run, 1, 100);
      const RunStatus running = run.status();
      QCOMPARE(running.state, RunState::running);
      QCOMPARE(running.pid, int64_t{::getpid()});
      QCOMPARE(running.step, int64_t{100});
      QCOMPARE(running.total_steps, int64_t{1000});
      QCOMPARE(running.phase_name, std::string("second"));
      QCOMPARE(running.loss.value_or(0), 0.5);
      QCOMPARE(running.seconds_left.value_or(0), 900 * 0.2);
      QCOMPARE(running.images_per_s.value_or(0), 80.0);
      QCOMPARE(running.changed, 2e9 + 100);
    }
    QCOMPARE(run.status().state, RunState::interrupted);
    QVERIFY(!run.status().reason.empty());
    QVERIFY(!run.status().seconds_left);
    journal.append(JournalEvent::resumed, Json{{"step", 100}});
    journal.append(JournalEvent::died, Json{{"rank", 1}, {"reason", "rank 1 was killed by signal 9"}});
    journal.append(JournalEvent::failed, Json{{"reason", "the group was ended"}});
    QCOMPARE(run.status().state, RunState::failed);
    QCOMPARE(run.status().reason, std::string("rank 1 was killed by signal 9"));
    journal.append(JournalEvent::resumed);
    journal.append(JournalEvent::stopped, Json{{"step", 120}});
    QCOMPARE(run.status().state, RunState::stopped);
    QVERIFY(run.status().reason.empty());
    journal.append(JournalEvent::resumed);
    journal.append(JournalEvent::finished);
    QCOMPARE(run.status().state, RunState::done);
  }

  void aTornRowAndAPlanOfAnotherVersionDoNotHideARun() {
    QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    add_rows(run, 1, 3);
    write_file_atomically(run.metrics_file(), read_file(run.metrics_file()) + "{\"step\": 4, \"lo");
    write_file_atomically(run.plan_file(), R"({"darkroom_plan": 9})");
    QCOMPARE(run.status().step, int64_t{3});
    QVERIFY(run.status().phase_name.empty());
  }

  void runsOfAFolderAreFoundNewestFirst() {
    QTemporaryDir folder;
    make_run(folder, "a");
    QTest::qSleep(5);
    make_run(folder, "b");
    fs::create_directory(path_of(folder) / "no_run");
    fs::create_directory(path_of(folder) / "broken");
    write_file_atomically(path_of(folder) / "broken" / "run.json", "{");
    const std::vector<RunDirectory> runs = find_runs(path_of(folder));
    QCOMPARE(runs.size(), size_t{2});
    QCOMPARE(runs[0].folder().filename().string(), std::string("b"));
    QVERIFY(find_runs(path_of(folder) / "nowhere").empty());
  }
};

DARKROOM_TEST(RunDirectoryTest);
#include "run_directory_test.moc"
