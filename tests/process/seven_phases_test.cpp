// SPDX-License-Identifier: Apache-2.0
// The pocket plan of seven phases, much smaller: eight pictures a source, one epoch a phase, two workers, killed twice on the way.
#include <signal.h>

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QThread>
#include <fstream>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/json.h"
#include "core/run/run_directory.h"
#include "tests/process/engine_program.h"
#include "tests/process/engine_traces.h"
#include "tests/test_registry.h"

using darkroom::Json;
using darkroom::RunDirectory;
using darkroom::test::children_of;
using darkroom::test::json_lines;
using darkroom::test::run_engine;
using darkroom::test::start_engine;

class SevenPhasesTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    QProcess split;
    split.start("python3", {QStringLiteral(DARKROOM_SOURCE_DIR "/resources/demo/split_demo.py"), folder_.filePath("tars"), "8"});
    QVERIFY(split.waitForFinished(60000) && split.exitCode() == 0);
    QVERIFY(QDir(folder_.path()).mkpath("plans") && QDir(folder_.path()).mkpath("bin"));
    for (const char* source : {"everything", "things", "scenes", "festive", "people", "animals"}) {
      const auto built = run_engine({"data", "build", folder_.filePath(QStringLiteral("tars/%1.tar").arg(source)), "--model", "pocket",
                                     "--size", "64", "--out", folder_.filePath(QStringLiteral("datasets/%1").arg(source)), "--json"});
      QVERIFY2(built.exit_code == 0, built.errors.constData());
    }
    QCOMPARE(run_engine({"plan", "template", "pocket_seven_phases", "--out", plan_}).exit_code, 0);
    Json plan = darkroom::read_json_file(plan_.toStdString());
    plan["batch"] = {{"per_device", 2}, {"accumulation", 1}};
    plan["checkpoint"]["every_steps"] = 3;
    plan["validation"]["every_epochs"] = 0;
    for (Json& phase : plan["phases"]) {
      phase["epochs"] = 1;
    }
    darkroom::write_file_atomically(plan_.toStdString(), plan.dump(2));
  }

  void theForecastKnowsTheStepsAndTheMemory() {
    const auto result = run_engine({"plan", "forecast", plan_, "--devices", "cpu,cpu", "--json"});
    QVERIFY2(result.exit_code == 0, result.errors.constData());
    const Json forecast = result.last();
    QCOMPARE(forecast.at("phases").size(), size_t{7});
    for (const Json& phase : forecast.at("phases")) {
      total_ += phase.at("steps").get<int64_t>();
      QVERIFY(phase.at("seconds").get<double>() > 0);
      QVERIFY(phase.at("device_bytes").get<int64_t>() > 0);
    }
    QVERIFY(total_ >= 14);
    const auto probed = run_engine({"plan", "forecast", plan_, "--devices", "cpu,cpu", "--probe", "--json"});
    QVERIFY2(probed.exit_code == 0, probed.errors.constData());
    QCOMPARE(probed.last().at("from").get<std::string>(), std::string("measurement"));
  }

  void killedTwiceItEndsWithEveryStepOnce() {
    const QString run = folder_.filePath("runs/seven");
    auto supervisor = start_engine({"train", "--plan", plan_, "--run", run, "--devices", "cpu,cpu"});
    QVERIFY(wait_for_step(run, 5));
    for (const pid_t rank : children_of(supervisor->processId())) {
      kill(rank, SIGKILL);
    }
    kill(static_cast<pid_t>(supervisor->processId()), SIGKILL);
    QVERIFY(supervisor->waitForFinished(60000));

    supervisor = start_engine({"train", "--run", run, "--resume"});
    QVERIFY(wait_for_step(run, 11));
    const std::vector<pid_t> ranks = children_of(supervisor->processId());
    QCOMPARE(ranks.size(), size_t{2});
    kill(ranks[0], SIGKILL);  // the supervisor starts both again by itself
    QVERIFY(supervisor->waitForFinished(300000));
    QVERIFY2(supervisor->exitCode() == 0, supervisor->readAllStandardError().constData());

    std::set<int64_t> phases;
    int64_t expected = 1;
    for (const Json& row : json_lines(run + "/metrics.jsonl")) {
      QCOMPARE(row.at("step").get<int64_t>(), expected++);
      phases.insert(row.at("phase").get<int64_t>());
      for (const char* name : {"epoch", "loss", "loss_unweighted", "grad_norm", "lr", "images_per_s", "data_wait_ms", "peak_gib"}) {
        QVERIFY2(row.at(name).is_number(), name);
      }
      QVERIFY(!row.at("loss_by_noise").empty() && !row.at("loss_by_source").empty());
    }
    QCOMPARE(expected - 1, total_);
    QCOMPARE(phases.size(), size_t{7});
    const Json status = run_engine({"run", "status", run, "--json"}).last();
    QCOMPARE(status.at("state").get<std::string>(), std::string("done"));
    const Json info = darkroom::read_json_file((run + "/run.json").toStdString());
    for (const char* name : {"id", "name", "created", "parent", "plan_hash", "engine_version"}) {
      QVERIFY2(info.contains(name), name);
    }
    QVERIFY(QFile::exists(run + "/wandb/latest-run/run-" + QString::fromStdString(info.at("id").get<std::string>()) + ".wandb"));
  }

  void onlineNeedsItsKeyAndHandsTheFilesToWandb() {
    Json plan = darkroom::read_json_file(plan_.toStdString());
    plan["phases"].erase(plan["phases"].begin() + 1, plan["phases"].end());
    plan["logging"]["wandb"] = "online";
    const QString file = folder_.filePath("plans/online.json");
    darkroom::write_file_atomically(file.toStdString(), plan.dump(2));
    const QStringList launch{"train", "--plan", file, "--run", folder_.filePath("runs/online"), "--devices", "cpu", "--max-steps", "1"};
    qunsetenv("WANDB_API_KEY");
    const auto refused = run_engine(launch);
    QCOMPARE(refused.exit_code, 3);
    QVERIFY2(refused.errors.contains("WANDB_API_KEY"), refused.errors.constData());

    // A stand-in that writes down what it is asked.
    const QString program = folder_.filePath("bin/wandb");
    darkroom::write_file_atomically(program.toStdString(), "#!/bin/sh\necho \"$@\" > \"$0.called\"\n");
    QVERIFY(QFile::setPermissions(program, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    const QByteArray path = qgetenv("PATH");
    qputenv("PATH", folder_.filePath("bin").toUtf8() + ":" + path);
    qputenv("WANDB_API_KEY", "of nobody");
    const auto result = run_engine(launch);
    qputenv("PATH", path);
    qunsetenv("WANDB_API_KEY");
    QVERIFY2(result.exit_code == 0, result.errors.constData());
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(program + ".called"), 10000);
    QTest::qWait(100);
    const std::string called = darkroom::read_file((program + ".called").toStdString());
    QVERIFY2(called.starts_with("sync " + (folder_.path() + "/runs/online/wandb/offline-run-").toStdString()), called.c_str());
  }

  void aBranchNamesItsParentAndGoesOnFromIt() {
    const QString parent = folder_.filePath("runs/seven");
    const RunDirectory from = RunDirectory::open(parent.toStdString());
    const auto checkpoint = from.newest_checkpoint();
    QVERIFY(checkpoint);
    Json plan = darkroom::read_json_file(plan_.toStdString());
    plan["phases"].erase(plan["phases"].begin() + 1, plan["phases"].end());
    for (const char* state : {"all", "weights"}) {
      plan["model"]["init"] = {{"from", checkpoint->folder.string()}, {"state", state}};
      const QString file = folder_.filePath(QStringLiteral("plans/branch_%1.json").arg(state));
      darkroom::write_file_atomically(file.toStdString(), plan.dump(2));
      const QString run = folder_.filePath(QStringLiteral("runs/branch_%1").arg(state));
      const auto result = run_engine({"train", "--plan", file, "--run", run, "--devices", "cpu", "--max-steps", "1"});
      QVERIFY2(result.exit_code == 0, result.errors.constData());
      const auto info = RunDirectory::open(run.toStdString()).info();
      QVERIFY(info.parent);
      QCOMPARE(info.parent->run, from.info().id);
      QCOMPARE(info.parent->checkpoint, checkpoint->folder.filename().string());
      const auto made = RunDirectory::open(run.toStdString()).newest_checkpoint();
      QVERIFY(made);
      const int64_t updates = made->meta().at("cursor").at("updates").get<int64_t>();
      const int64_t before = checkpoint->meta().at("cursor").at("updates").get<int64_t>();
      QCOMPARE(updates, std::string(state) == "all" ? before + 1 : int64_t{1});
    }
  }

 private:
  static bool wait_for_step(const QString& run, int step) {
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < 180000) {
      const auto rows = json_lines(run + "/metrics.jsonl");
      if (!rows.empty() && rows.back().at("step").get<int>() >= step) {
        return true;
      }
      QThread::msleep(50);
    }
    return false;
  }

  QTemporaryDir folder_;
  QString plan_ = folder_.filePath("plans/plan.json");
  int64_t total_ = 0;
};

DARKROOM_TEST(SevenPhasesTest);
#include "seven_phases_test.moc"
