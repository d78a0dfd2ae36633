// SPDX-License-Identifier: Apache-2.0
#include "core/run/run_control.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/run/journal.h"
#include "core/run/run_lock.h"
#include "tests/core/run/run_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

class RunControlTest : public QObject {
  Q_OBJECT

 private slots:
  void aWishReachesTheTrainerOnceAndTheJournal() {
    QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    const RunLock lock(run.lock_file());
    RunControl control(run);
    QVERIFY(control.poll().empty());
    send_request(run, RunRequestKind::save, "a test");
    send_request(run, RunRequestKind::stop, "a test");
    send_request(run, RunRequestKind::stop, "a test again");
    const std::vector<RunRequest> requests = control.poll();
    QCOMPARE(requests.size(), size_t{2});
    QCOMPARE(requests[0].kind, RunRequestKind::stop);
    QCOMPARE(requests[0].from, std::string("a test again"));
    QVERIFY(requests[0].time > 1e9);
    QVERIFY(control.poll().empty());
    const std::vector<JournalEntry> entries = Journal(run.journal_file()).read();
    QCOMPARE(entries.size(), size_t{2});
    QCOMPARE(entries[0].event, JournalEvent::stop_requested);
    QCOMPARE(entries[1].event, JournalEvent::save_requested);
  }

  void samplesAreTheTrainersAndPausesTheSupervisors() {
    QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    const RunLock lock(run.lock_file());
    RunControl trainer(run);
    RunControl supervisor(run, EarlierRequests::keep, {RunRequestKind::pause, RunRequestKind::resume});
    send_request(run, RunRequestKind::sample, "a test");
    send_request(run, RunRequestKind::pause, "a test");
    QCOMPARE(supervisor.poll().size(), size_t{1});
    const std::vector<RunRequest> wishes = trainer.poll();
    QCOMPARE(wishes.size(), size_t{1});
    QCOMPARE(wishes[0].kind, RunRequestKind::sample);
    const std::vector<JournalEntry> entries = Journal(run.journal_file()).read();
    QCOMPARE(entries[0].event, JournalEvent::pause_requested);
    QCOMPARE(entries[1].event, JournalEvent::sample_requested);
  }

  void nobodyIsAskedWhenNobodyRuns() {
    QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    try {
      send_request(run, RunRequestKind::stop, "a test");
      QFAIL("sent");
    } catch (const Error& error) {
      QVERIFY2(std::string(error.what()).find("not running (it is created)") != std::string::npos, error.what());
    }
  }

  void aWishForAnEarlierLaunchIsForgotten() {
    QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    const RunLock lock(run.lock_file());
    send_request(run, RunRequestKind::stop, "a test");
    RunControl control(run);
    QVERIFY(control.poll().empty());
  }

  void whateverStandsInTheFileItIsAWish() {
    QTemporaryDir folder;
    const RunDirectory run = make_run(folder);
    RunControl control(run);
    write_file_atomically(run.requests_folder() / "stop.json", "");
    QCOMPARE(control.poll().size(), size_t{1});
  }
};

DARKROOM_TEST(RunControlTest);
#include "run_control_test.moc"
