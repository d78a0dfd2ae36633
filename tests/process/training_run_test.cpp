// SPDX-License-Identifier: Apache-2.0
// A run as users make it: dataset from tars, two worker processes, kill, resume, stop. Small UNet, real data.
#include <signal.h>

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <algorithm>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/json.h"
#include "core/image/image_decode.h"
#include "core/plan/training_plan.h"
#include "core/run/run_directory.h"
#include "tests/process/engine_program.h"
#include "tests/process/engine_traces.h"
#include "tests/test_registry.h"

using darkroom::Json;
using darkroom::test::children_of;
using darkroom::test::json_lines;
using darkroom::test::run_engine;
using darkroom::test::start_engine;

namespace {

constexpr int steps = 6;

bool journal_has(const QString& run, const std::string& what, const std::string& text = {}) {
  for (const Json& line : json_lines(run + "/journal.jsonl")) {
    const std::string entry = line.dump();
    if (entry.find("\"" + what + "\"") != std::string::npos && entry.find(text) != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

class TrainingRunTest : public QObject {
  Q_OBJECT

 private slots:
  // One dataset and one plan for all tests of this class.
  void initTestCase() {
    const QString tar = QStringLiteral(DARKROOM_SOURCE_DIR "/resources/demo/demo-000000.tar");
    const auto built = run_engine(
        {"data", "build", tar, "--model", "pocket", "--size", "96", "--out", folder_.filePath("datasets/demo"), "--json"}, 600000);
    QVERIFY2(built.exit_code == 0, built.errors.constData());
    QCOMPARE(run_engine({"plan", "template", "pocket_demo", "--out", folder_.filePath("plans/plan.json")}).exit_code, 0);
    Json plan = darkroom::read_json_file(folder_.filePath("plans/plan.json").toStdString());
    plan["batch"] = {{"per_device", 2}, {"accumulation", 1}};
    plan["checkpoint"]["every_steps"] = 2;
    plan["validation"]["every_epochs"] = 0;
    darkroom::write_file_atomically(folder_.filePath("plans/plan.json").toStdString(), plan.dump(2));
  }

  void twoRanksTrainAndLeaveACompleteRun() {
    const QString run = folder_.filePath("runs/whole");
    const auto result = train(run, {"--max-steps", QString::number(steps)});
    QVERIFY2(result.exit_code == 0, result.errors.constData());
    const auto rows = json_lines(run + "/metrics.jsonl");
    QCOMPARE(rows.size(), size_t{steps});
    for (int i = 0; i < steps; ++i) {
      QCOMPARE(rows[static_cast<size_t>(i)]["step"].get<int>(), i + 1);
      QVERIFY(rows[static_cast<size_t>(i)]["loss"].get<double>() > 0);
    }
    QVERIFY(QFile::exists(run + "/log/rank_0.log") && QFile::exists(run + "/log/rank_1.log"));
    QVERIFY(QFile::exists(run + "/checkpoints/step_0000006/meta.json"));
    const auto status = run_engine({"run", "status", run, "--json"}).last();
    QCOMPARE(status["step"].get<int>(), steps);
    whole_hash_ = hash_of(run);
    QVERIFY(!whole_hash_.empty());
  }

  void aRunHasTheNameThatItIsGiven() {
    const QString run = folder_.filePath("runs/named");
    for (const char* name : {"", "  ", "two\nlines"}) {
      const auto refused = train(run, {"--name", name, "--max-steps", "1"});
      QCOMPARE(refused.exit_code, 2);
      QVERIFY2(refused.errors.contains("--name: expected a name"), refused.errors.constData());
    }
    QVERIFY(!QFile::exists(run));
    const auto result = train(run, {"--name=- synthetic \"B\", é", "--max-steps", "1"});
    QVERIFY2(result.exit_code == 0, result.errors.constData());
    QCOMPARE(darkroom::RunDirectory::open(run.toStdString()).info().name, std::string("- synthetic \"B\", é"));
    QCOMPARE(darkroom::RunDirectory::open(folder_.filePath("runs/whole").toStdString()).info().name,
             darkroom::read_plan(plan().toStdString()).name);
    const auto renamed = run_engine({"train", "--run", run, "--resume", "--name", "other", "--max-steps", "2"});
    QCOMPARE(renamed.exit_code, 2);
    QVERIFY2(renamed.errors.contains("keeps the name"), renamed.errors.constData());
  }

  void theBatchOfAStepIsToldWithItsPictures() {
    const QString run = folder_.filePath("runs/whole");
    const QString out = folder_.filePath("batch");
    const auto result = run_engine({"run", "batch", run, "--step", "5", "--pictures", out, "--json"});
    QVERIFY2(result.exit_code == 0, result.errors.constData());
    const Json samples = result.last().at("samples");
    QCOMPARE(samples.size(), size_t{4});  // two ranks, two each
    for (const Json& sample : samples) {
      QVERIFY(!sample.at("key").get<std::string>().empty());
      QVERIFY(!sample.at("caption").get<std::string>().empty());
      const int timestep = sample.at("timestep").get<int>();
      QVERIFY(timestep >= 0 && timestep < 1000);
      const darkroom::Image picture = darkroom::read_image_file(sample.at("picture").get<std::string>());
      QCOMPARE(picture.width, 96);
      const auto [darkest, lightest] = std::minmax_element(picture.pixels.begin(), picture.pixels.end());
      QVERIFY(*lightest - *darkest > 50);  // a picture, not a grey square
    }
    QVERIFY(samples != run_engine({"run", "batch", run, "--step", "4", "--json"}).last().at("samples"));
    const auto beyond = run_engine({"run", "batch", run, "--step", "99"});
    QCOMPARE(beyond.exit_code, 3);
    QVERIFY2(beyond.errors.contains("no row of step 99"), beyond.errors.constData());
  }

  void resumedRunHasTheHashOfAnUninterruptedOne() {
    const QString run = folder_.filePath("runs/resumed");
    QCOMPARE(train(run, {"--max-steps", "3"}).exit_code, 0);
    const auto resumed = run_engine({"train", "--run", run, "--resume", "--max-steps", QString::number(steps)});
    QVERIFY2(resumed.exit_code == 0, resumed.errors.constData());
    QCOMPARE(hash_of(run), whole_hash_);
    QCOMPARE(json_lines(run + "/metrics.jsonl").size(), size_t{steps});
  }

  void killedRankEndsTheRunWithItsNameAndKeepsWhatWasSaved() {
    const QString run = folder_.filePath("runs/killed");
    const auto supervisor =
        start_engine({"train", "--plan", plan(), "--run", run, "--devices", "cpu,cpu", "--max-steps", "400", "--restarts", "0"});
    QVERIFY(wait_for_step(run, 3));
    const std::vector<pid_t> ranks = children_of(supervisor->processId());
    QCOMPARE(ranks.size(), size_t{2});
    kill(ranks[1], SIGKILL);
    QVERIFY(supervisor->waitForFinished(60000));
    QCOMPARE(supervisor->exitCode(), 1);
    QVERIFY(supervisor->readAllStandardError().contains("rank 1"));
    QVERIFY(journal_has(run, "died", "\"rank\":1"));
    QVERIFY(QFile::exists(run + "/checkpoints/step_0000002/meta.json"));
    QCOMPARE(run_engine({"run", "status", run, "--json"}).last()["state"].get<std::string>(), "failed");
    // It goes on from there, to the same numbers as a run that nobody killed.
    const auto resumed = run_engine({"train", "--run", run, "--resume", "--max-steps", "16"});
    QVERIFY2(resumed.exit_code == 0, resumed.errors.constData());
    const QString undisturbed = folder_.filePath("runs/undisturbed");
    QCOMPARE(train(undisturbed, {"--max-steps", "16"}).exit_code, 0);
    QCOMPARE(hash_of(run), hash_of(undisturbed));
  }

  void interruptSavesAndEndsWithFour() {
    const QString run = folder_.filePath("runs/interrupted");
    const auto supervisor = start_engine({"train", "--plan", plan(), "--run", run, "--devices", "cpu,cpu", "--max-steps", "400"});
    QVERIFY(wait_for_step(run, 1));
    kill(static_cast<pid_t>(supervisor->processId()), SIGINT);
    QVERIFY(supervisor->waitForFinished(60000));
    QCOMPARE(supervisor->exitCode(), 4);
    const auto rows = json_lines(run + "/metrics.jsonl");
    const auto checkpoint = darkroom::RunDirectory::open(run.toStdString()).newest_checkpoint();
    QVERIFY(checkpoint);
    QCOMPARE(checkpoint->step, static_cast<int64_t>(rows.size()));
  }

  void stopRequestEndsTheRunAfterAStepWithItsStateSaved() {
    const QString run = folder_.filePath("runs/stopped");
    const auto supervisor = start_engine({"train", "--plan", plan(), "--run", run, "--devices", "cpu", "--max-steps", "400"});
    QVERIFY(wait_for_step(run, 1));
    QCOMPARE(run_engine({"run", "stop", run}).exit_code, 0);
    QVERIFY(supervisor->waitForFinished(60000));
    QCOMPARE(run_engine({"run", "status", run, "--json"}).last()["state"].get<std::string>(), "stopped");
    const auto again = run_engine({"run", "stop", run});
    QVERIFY(again.exit_code != 0);
  }

  void secondSupervisorOfARunIsRefused() {
    const QString run = folder_.filePath("runs/locked");
    const auto first = start_engine({"train", "--plan", plan(), "--run", run, "--devices", "cpu", "--max-steps", "400"});
    QVERIFY(wait_for_step(run, 1));
    const auto second = run_engine({"train", "--run", run, "--resume"});
    QCOMPARE(second.exit_code, 1);
    QVERIFY2(second.errors.contains("already being trained by process"), second.errors.constData());
    first->terminate();
    QVERIFY(first->waitForFinished(60000));
  }

  void wrongPlanNamesThePlaceAndTheNearestName() {
    Json plan_json = darkroom::read_json_file(plan().toStdString());
    plan_json["phases"][0]["peek_lr"] = 1e-4;
    const QString wrong = folder_.filePath("plans/wrong.json");
    darkroom::write_file_atomically(wrong.toStdString(), plan_json.dump());
    const auto result = run_engine({"plan", "check", wrong});
    QCOMPARE(result.exit_code, 3);
    const QByteArray said = result.output + result.errors;
    QVERIFY(said.contains("/phases/0/peek_lr"));
    QVERIFY(said.contains("peak_lr"));
  }

  void checkpointIsAModelForGenerate() {
    const auto made = run_engine({"generate", "--model", folder_.filePath("runs/whole/checkpoints/step_0000006"), "--prompt", "a red apple",
                                  "--steps", "2", "--out", folder_.filePath("x.png"), "--json"});
    QVERIFY2(made.exit_code == 0, made.errors.constData());
    QCOMPARE(made.last()["weights"].get<std::string>(), "ema");
  }

  void exportedCheckpointMakesTheSamePicture() {
    const QString out = folder_.filePath("exported");
    const auto exported = run_engine({"run", "export", folder_.filePath("runs/whole"), "--out", out, "--json"});
    QVERIFY2(exported.exit_code == 0, exported.errors.constData());
    QCOMPARE(exported.last()["step"].get<int>(), steps);
    const auto latents_of = [this](const QString& model, const char* name) {
      const QString file = folder_.filePath(name);
      run_engine({"generate", "--model", model, "--prompt", "a red apple", "--steps", "2", "--save-latents", file, "--out",
                  folder_.filePath("y.png")});
      return darkroom::read_file(file.toStdString());
    };
    const std::string direct = latents_of(folder_.filePath("runs/whole/checkpoints/step_0000006"), "direct.safetensors");
    const std::string of_export = latents_of(out, "exported.safetensors");
    // The header names the model; the numbers follow it.
    const size_t numbers = size_t{4} * 24 * 24 * 4;
    QVERIFY(direct.size() > numbers);
    QCOMPARE(of_export.substr(of_export.size() - numbers), direct.substr(direct.size() - numbers));
    QCOMPARE(run_engine({"run", "export", folder_.filePath("runs/whole"), "--out", out}).exit_code, 1);  // never replaces
  }

 private:
  QString plan() const { return folder_.filePath("plans/plan.json"); }

  darkroom::test::EngineResult train(const QString& run, const QStringList& more) const {
    return run_engine(QStringList{"train", "--plan", plan(), "--run", run, "--devices", "cpu,cpu"} + more);
  }

  static std::string hash_of(const QString& run) { return run_engine({"run", "hash", run, "--json"}).last().value("hash", ""); }

  static bool wait_for_step(const QString& run, int step) {
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < 120000) {
      const auto rows = json_lines(run + "/metrics.jsonl");
      if (!rows.empty() && rows.back()["step"].get<int>() >= step) {
        return true;
      }
      QTest::qWait(50);
    }
    return false;
  }

  QTemporaryDir folder_;
  std::string whole_hash_;
};

DARKROOM_TEST(TrainingRunTest);
#include "training_run_test.moc"
