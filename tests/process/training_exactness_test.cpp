// SPDX-License-Identifier: Apache-2.0
// Training that is killed, stopped, paused or hung by others, at random moments: it ends with the bits of one that was left alone.
// DARKROOM_CAMPAIGN=N asks for N random kills instead of a few; DARKROOM_CAMPAIGN_SEED=S for another order of them.
#include <signal.h>

#include <random>

#include "core/run/run_control.h"
#include "tests/process/engine_traces.h"
#include "tests/process/small_training.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr int usual_kills = 6;

int number_from_environment(const char* name, int otherwise) {
  bool given = false;
  const int value = qEnvironmentVariableIntValue(name, &given);
  return given ? value : otherwise;
}

bool has_partial(const QString& run) {
  std::error_code error;
  for (std::filesystem::directory_iterator it((run + "/checkpoints").toStdString(), error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".partial") {
      return true;
    }
  }
  return false;
}

bool all_gone(const std::vector<pid_t>& pids) { return std::none_of(pids.begin(), pids.end(), &SmallTraining::is_alive); }

}  // namespace

class TrainingExactnessTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    const QByteArray wrong = training_.make();
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    QVERIFY(!training_.whole_hash().empty());
  }

  // One in five hits all processes, two a rank, two the supervisor; two in five of all fall into a save.
  void killedAtRandomMomentsItEndsWithTheSameBits() {
    const int kills = number_from_environment("DARKROOM_CAMPAIGN", usual_kills);
    const int seed = number_from_environment("DARKROOM_CAMPAIGN_SEED", 1);
    std::mt19937 random(static_cast<unsigned>(seed));
    int in_saves = 0;
    std::map<std::string, int> hits;
    for (int trial = 0; trial < kills; ++trial) {
      const int ranks = trial % 6 == 5 ? 4 : trial % 6 == 3 ? 1 : 2;
      const QString run = training_.path(QString("killed_%1").arg(trial));
      const auto supervisor = start_engine(training_.arguments(run, ranks));
      const bool in_save = trial % 5 < 2;
      const char* victim = trial % 5 == 4 ? "all" : trial % 2 == 0 ? "rank" : "supervisor";
      const int delay_ms = static_cast<int>(random() % 1000);
      const auto pick = static_cast<size_t>(random());
      if (in_save) {
        // Into one of the saves, a moment after it began.
        const auto step = static_cast<int64_t>(random() % 6);
        SmallTraining::wait_for_step(run, step);
        if (SmallTraining::wait_until([&] { return has_partial(run) || supervisor->state() == QProcess::NotRunning; }, 20000)) {
          in_saves += has_partial(run) ? 1 : 0;
        }
        QThread::usleep(static_cast<unsigned long>(random() % 8000));
      } else {
        SmallTraining::wait_for_step(run, 1);
        QThread::msleep(static_cast<unsigned long>(delay_ms));
      }
      const std::vector<pid_t> children = children_of(supervisor->processId());
      if (std::string(victim) == "rank" && !children.empty()) {
        kill(children[pick % children.size()], SIGKILL);
      } else if (supervisor->processId() > 0) {
        kill(static_cast<pid_t>(supervisor->processId()), SIGKILL);
        if (std::string(victim) == "all") {
          for (const pid_t child : children) {
            kill(child, SIGKILL);
          }
        }
      }
      ++hits[victim];
      QVERIFY(supervisor->waitForFinished(120000));
      QVERIFY2(SmallTraining::wait_until([&] { return all_gone(children); }, 10000), "ranks outlived their supervisor");
      if (supervisor->exitStatus() != QProcess::NormalExit) {
        const EngineResult resumed = training_.train(run, ranks);
        QVERIFY2(resumed.exit_code == 0, resumed.errors.constData());
      } else {
        QVERIFY2(supervisor->exitCode() == 0, supervisor->readAllStandardError().constData());
      }
      QVERIFY2(SmallTraining::hash_of(run) == training_.whole_hash(ranks),
               qPrintable(QString("seed %1, kill %2: %3 of %4 ranks").arg(seed).arg(trial).arg(victim).arg(ranks)));
      const std::vector<int64_t> steps = SmallTraining::steps_of(run);
      QCOMPARE(steps.size(), static_cast<size_t>(SmallTraining::last_step));
      QVERIFY(std::is_sorted(steps.begin(), steps.end()));
      std::filesystem::remove_all(run.toStdString());
    }
    qInfo("%d kills (seed %d): rank %d, supervisor %d, all %d; %d inside a save; every run ended with the same hash", kills, seed,
          hits["rank"], hits["supervisor"], hits["all"], in_saves);
  }

  void killedRankIsNamedAndTheGroupStartedAgain() {
    const QString run = training_.path("restarted");
    const auto supervisor = start_engine(training_.arguments(run) + QStringList{"--json"});
    QVERIFY(SmallTraining::wait_for_step(run, 3));
    const std::vector<pid_t> ranks = children_of(supervisor->processId());
    QCOMPARE(ranks.size(), size_t{2});
    kill(ranks[1], SIGKILL);
    QVERIFY(supervisor->waitForFinished(120000));
    QCOMPARE(supervisor->exitCode(), 0);
    const auto died = SmallTraining::entries(run, JournalEvent::died);
    QCOMPARE(died.size(), size_t{1});
    QCOMPARE(died[0].fields["rank"].get<int>(), 1);
    const auto restarted = SmallTraining::entries(run, JournalEvent::restarted);
    QCOMPARE(restarted.size(), size_t{1});
    QCOMPARE(restarted[0].fields["attempt"].get<int>(), 1);
    QCOMPARE(run_engine({"run", "status", run, "--json"}).last()["state"].get<std::string>(), "done");
    QCOMPARE(SmallTraining::hash_of(run), training_.whole_hash());
  }

  void groupIsNotStartedAgainForEver() {
    const QString run = training_.path("unlucky");
    const auto supervisor = start_engine(training_.arguments(run) + QStringList{"--restarts", "1"});
    for (int deaths = 0; deaths < 2; ++deaths) {
      QVERIFY(SmallTraining::wait_until([&] {
        return SmallTraining::entries(run, JournalEvent::restarted).size() == static_cast<size_t>(deaths) &&
               children_of(supervisor->processId()).size() == 2;
      }));
      QTest::qWait(50);
      kill(children_of(supervisor->processId()).at(0), SIGKILL);
    }
    QVERIFY(supervisor->waitForFinished(120000));
    QCOMPARE(supervisor->exitCode(), 1);
    const QByteArray said = supervisor->readAllStandardError();
    QVERIFY2(said.contains("rank 0") && said.contains("started again 1 times"), said.constData());
    QCOMPARE(run_engine({"run", "status", run, "--json"}).last()["state"].get<std::string>(), "failed");
  }

  void hungRankIsFoundNamedAndTheGroupStartedAgain() {
    const QString run = training_.path("hung");
    const auto supervisor = start_engine(training_.arguments(run) + QStringList{"--heartbeat-timeout", "2"});
    QVERIFY(SmallTraining::wait_for_step(run, 3));
    kill(children_of(supervisor->processId()).at(1), SIGSTOP);
    QElapsedTimer timer;
    timer.start();
    QVERIFY(SmallTraining::wait_until([&] { return !SmallTraining::entries(run, JournalEvent::died).empty(); }));
    QVERIFY2(timer.elapsed() < 2000 + 5000, QByteArray::number(timer.elapsed()).constData());
    const std::string reason = SmallTraining::entries(run, JournalEvent::died)[0].fields["reason"].get<std::string>();
    QVERIFY2(reason.find("rank 1") != std::string::npos && reason.find("hung") != std::string::npos &&
                 reason.find("stopped") != std::string::npos,
             reason.c_str());
    QVERIFY(supervisor->waitForFinished(120000));
    QCOMPARE(supervisor->exitCode(), 0);
    QCOMPARE(SmallTraining::hash_of(run), training_.whole_hash());
  }

  void shortStopOfARankOrOfAllIsNoHang() {
    const QString run = training_.path("stopped_briefly");
    const auto supervisor = start_engine(training_.arguments(run) + QStringList{"--heartbeat-timeout", "3"});
    QVERIFY(SmallTraining::wait_for_step(run, 2));
    const std::vector<pid_t> ranks = children_of(supervisor->processId());
    kill(ranks.at(0), SIGSTOP);
    QTest::qWait(1000);
    kill(ranks.at(0), SIGCONT);
    // All of them for longer than the limit, as when a laptop sleeps: the supervisor could not hear anybody.
    std::vector<pid_t> everybody = ranks;
    everybody.push_back(static_cast<pid_t>(supervisor->processId()));
    for (const pid_t pid : everybody) {
      kill(pid, SIGSTOP);
    }
    QTest::qWait(4000);
    for (const pid_t pid : everybody) {
      kill(pid, SIGCONT);
    }
    QVERIFY(supervisor->waitForFinished(120000));
    QCOMPARE(supervisor->exitCode(), 0);
    QVERIFY(SmallTraining::entries(run, JournalEvent::died).empty());
    QCOMPARE(SmallTraining::hash_of(run), training_.whole_hash());
  }

  void terminatedSupervisorSavesAndEndsWithFourInTime() {
    const QString run = training_.path("terminated");
    const auto supervisor = start_engine(training_.arguments(run));
    QVERIFY(SmallTraining::wait_for_step(run, 3));
    QElapsedTimer timer;
    timer.start();
    kill(static_cast<pid_t>(supervisor->processId()), SIGTERM);
    QVERIFY(supervisor->waitForFinished(30000));
    QVERIFY(timer.elapsed() < 30000);
    QCOMPARE(supervisor->exitCode(), 4);
    QCOMPARE(RunDirectory::open(run.toStdString()).newest_checkpoint()->step, SmallTraining::steps_of(run).back());
    QCOMPARE(training_.train(run).exit_code, 0);
    QCOMPARE(SmallTraining::hash_of(run), training_.whole_hash());
  }

  void pausedRunFreesItsRanksAndComesBackExactly() {
    const QString run = training_.path("paused");
    const auto supervisor = start_engine(training_.arguments(run));
    QVERIFY(SmallTraining::wait_for_step(run, 2));
    send_request(RunDirectory::open(run.toStdString()), RunRequestKind::pause, "a test");
    QVERIFY(SmallTraining::wait_until([&] { return !SmallTraining::entries(run, JournalEvent::paused).empty(); }));
    QVERIFY(children_of(supervisor->processId()).empty());
    QCOMPARE(run_engine({"run", "status", run, "--json"}).last()["state"].get<std::string>(), "paused");
    QCOMPARE(run_engine({"run", "resume", run}).exit_code, 0);
    QVERIFY(supervisor->waitForFinished(120000));
    QCOMPARE(supervisor->exitCode(), 0);
    QCOMPARE(SmallTraining::hash_of(run), training_.whole_hash());
  }

  void pausedRunCanBeStopped() {
    const QString run = training_.path("paused_then_stopped");
    const auto supervisor = start_engine(training_.arguments(run));
    QVERIFY(SmallTraining::wait_for_step(run, 1));
    send_request(RunDirectory::open(run.toStdString()), RunRequestKind::pause, "a test");
    QVERIFY(SmallTraining::wait_until([&] { return !SmallTraining::entries(run, JournalEvent::paused).empty(); }));
    QCOMPARE(run_engine({"run", "stop", run}).exit_code, 0);
    QVERIFY(supervisor->waitForFinished(30000));
    QCOMPARE(supervisor->exitCode(), 4);
    QCOMPARE(run_engine({"run", "status", run, "--json"}).last()["state"].get<std::string>(), "stopped");
  }

  void savesAndStopsOnRequestChangeNothing() {
    const QString run = training_.path("saved");
    const auto supervisor = start_engine(training_.arguments(run));
    QVERIFY(SmallTraining::wait_for_step(run, 2));
    send_request(RunDirectory::open(run.toStdString()), RunRequestKind::save, "a test");
    QVERIFY(supervisor->waitForFinished(120000));
    bool on_request = false;
    for (const JournalEntry& entry : SmallTraining::entries(run, JournalEvent::saved)) {
      on_request = on_request || entry.fields["reason"] == "request";
      QVERIFY(entry.fields["stalled_s"].get<double>() >= 0);
    }
    QVERIFY(on_request);
    QCOMPARE(SmallTraining::hash_of(run), training_.whole_hash());
  }

  void verifySaysBitExactOrNamesTheBuffer() {
    const QString run = training_.path("whole_2");
    const auto exact = run_engine({"run", "verify", run, "--json"});
    QVERIFY2(exact.exit_code == 0, (exact.output + exact.errors).constData());
    QCOMPARE(exact.last()["bit_exact"].get<bool>(), true);
    QCOMPARE(exact.last()["against"].get<std::string>(), "checkpoint");
    QCOMPARE(exact.last()["to"].get<int>(), SmallTraining::last_step);
    const auto from = exact.last()["from"].get<int>();
    QVERIFY(run_engine({"run", "verify", run, "--step", QString::number(from)}).output.contains("bit-exact"));
    const auto replayed = run_engine({"run", "verify", run, "--step", QString::number(from - 2), "--steps", "1", "--json"});
    QCOMPARE(replayed.last()["against"].get<std::string>(), "replay");
    QCOMPARE(replayed.last()["bit_exact"].get<bool>(), true);

    // A run whose newest checkpoint says something else than its steps make: as after a silent error of the machine.
    const QString other = training_.path("doubted");
    std::filesystem::copy(run.toStdString(), other.toStdString(), std::filesystem::copy_options::recursive);
    const std::filesystem::path newest = RunDirectory::open(other.toStdString()).newest_checkpoint()->folder;
    Json meta = read_json_file(newest / "meta.json");
    meta["guard"]["mean"] = 0.5;
    write_file_atomically(newest / "meta.json", meta.dump());
    const auto different = run_engine({"run", "verify", other, "--json"});
    QCOMPARE(different.exit_code, 1);
    QCOMPARE(different.last()["part"].get<std::string>(), "guard");
    QCOMPARE(different.last()["bit_exact"].get<bool>(), false);
    QVERIFY(run_engine({"run", "verify", run, "--step", "77"}).exit_code != 0);
  }

  void lackOfMemoryNamesTheSettingToChange() {
    Json plan = read_json_file(training_.path("plan_1.json").toStdString());
    plan["batch"] = {{"per_device", 4096}, {"accumulation", 1}};
    plan["phases"][0]["sources"][0].erase("limit");
    const QString file = training_.path("large.json");
    write_file_atomically(file.toStdString(), plan.dump());
    const QString run = training_.path("large");
    QProcess shell;
    shell.start("bash",
                {"-c", "ulimit -v 2500000; exec $0 $*", engine_program(), "train", "--plan", file, "--run", run, "--devices", "cpu"});
    QVERIFY(shell.waitForFinished(120000));
    QCOMPARE(shell.exitCode(), 1);
    const QByteArray said = shell.readAllStandardError();
    QVERIFY2(said.contains("set batch.per_device from 4096 to 2048 and batch.accumulation from 1 to 2"), said.constData());
  }

  void failingSystemCallsOfARealSaveLeaveTheRunGoing_data() {
    QTest::addColumn<QString>("call");
    QTest::addColumn<QString>("error");
    QTest::addRow("fsync, EIO") << "fsync"
                                << "EIO";
    QTest::addRow("fallocate, ENOSPC") << "fallocate"
                                       << "ENOSPC";
  }

  // The whole sweep is in tests/core/checkpoint; this is the real program under strace.
  void failingSystemCallsOfARealSaveLeaveTheRunGoing() {
    QFETCH(const QString, call);
    QFETCH(const QString, error);
    if (QStandardPaths::findExecutable("strace").isEmpty()) {
      QSKIP("strace is not installed");
    }
    const QString run = training_.path("traced_" + call);
    // Only calls on the first checkpoint's files fail, each of them, as on a disk with a bad place.
    QProcess traced;
    traced.start("strace", QStringList{"-f", "-qq", "-o", "/dev/null", "-P", run + "/checkpoints/step_0000002.partial", "-P",
                                       run + "/checkpoints/step_0000002.partial/unet", "-P",
                                       run + "/checkpoints/step_0000002.partial/training_state.safetensors.tmp", "-e",
                                       "inject=" + call + ":error=" + error, engine_program()} +
                               training_.arguments(run));
    QVERIFY(traced.waitForFinished(120000));
    QVERIFY2(traced.exitCode() == 0, traced.readAllStandardError().constData());
    const auto failed = SmallTraining::entries(run, JournalEvent::save_failed);
    QCOMPARE(failed.size(), size_t{1});
    QCOMPARE(failed[0].fields["step"].get<int>(), 2);
    QCOMPARE(SmallTraining::hash_of(run), training_.whole_hash());
  }

 private:
  SmallTraining training_;
};

DARKROOM_TEST(TrainingExactnessTest);
#include "training_exactness_test.moc"
