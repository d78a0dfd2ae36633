// SPDX-License-Identifier: Apache-2.0
// The single stages of the pipeline as users run them, on the demo pictures: what they make, and that kills change no byte of it.
// DARKROOM_CAMPAIGN=20 kills each stage that often; without it each is killed twice.
#include <QTemporaryDir>
#include <csignal>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "core/base/atomic_file.h"
#include "core/dataset/arrow_dataset.h"
#include "core/dataset/record_reader.h"
#include "core/dataset/training_set.h"
#include "tests/process/engine_program.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

QString demo(int number) { return QStringLiteral(DARKROOM_SOURCE_DIR "/resources/demo/demo-00000%1.tar").arg(number); }

std::map<std::string, std::string> files_of(const QString& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder.toStdString())) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), folder.toStdString()).string()] = read_file(entry.path());
    }
  }
  return files;
}

// Names the first file that differs; empty when all are the same.
QString difference(const QString& a, const QString& b) {
  const auto left = files_of(a);
  const auto right = files_of(b);
  for (const auto& [name, bytes] : left) {
    if (!right.contains(name)) {
      return QString::fromStdString(name) + " is missing";
    }
    if (right.at(name) != bytes) {
      return QString::fromStdString(name) + " differs";
    }
  }
  for (const auto& [name, bytes] : right) {
    if (!left.contains(name)) {
      return QString::fromStdString(name) + " is too much";
    }
  }
  return {};
}

int kills_wanted() {
  const int wanted = qEnvironmentVariableIntValue("DARKROOM_CAMPAIGN");
  return wanted > 0 ? wanted : 2;
}

std::set<std::string> keys_of(const fs::path& folder) {
  const ArrowDataset rows(folder);
  std::set<std::string> keys;
  for (uint64_t row = 0; row < rows.size(); ++row) {
    keys.emplace(rows.text("image_key", row));
  }
  return keys;
}

}  // namespace

class DataStagesTest : public QObject {
  Q_OBJECT

  using Command = std::function<QStringList(const QString& out)>;

  QTemporaryDir folder_;
  std::mt19937 random_{7};

  QString path(const QString& name) const { return folder_.filePath(name); }

  EngineResult run(const QStringList& arguments) const { return run_engine(QStringList{"data"} + arguments + QStringList{"--json"}); }

  static QStringList tokenize(const QString& out) { return {"tokenize", demo(0), demo(1), demo(2), "--out", out}; }
  QStringList arrow(const QString& out) const { return {"arrow", path("rows"), "--out", out, "--validation-share", "0.1"}; }
  static QStringList encode(const QString& dataset) {
    return {"encode", dataset, demo(0), demo(1), demo(2), "--model", "pocket", "--size", "32", "--batch", "16", "--shard-rows", "64"};
  }

  // Runs a stage without a break, then again with kills at random moments, and compares every byte.
  void kill_and_compare(const char* name, const Command& command, const std::function<void(const QString&)>& prepare = {}) {
    const QString whole = path(QString("%1-whole").arg(name));
    const QString broken = path(QString("%1-broken").arg(name));
    if (prepare) {
      prepare(whole);
      prepare(broken);
    }
    QElapsedTimer timer;
    timer.start();
    const EngineResult first = run(command(whole));
    const auto whole_ms = static_cast<int>(timer.elapsed());
    QVERIFY2(first.exit_code == 0, first.errors.constData());
    int starts = 0;
    for (int killed = 0; killed < kills_wanted() && starts < 20 * kills_wanted(); ++starts) {
      const std::unique_ptr<QProcess> engine = start_engine(QStringList{"data"} + command(broken) + QStringList{"--json"});
      QVERIFY(engine->waitForStarted());
      if (!engine->waitForFinished(static_cast<int>(random_() % static_cast<unsigned>(whole_ms + 1)))) {
        engine->kill();
        engine->waitForFinished();
        ++killed;
        continue;
      }
      // It came to its end between two kills: compared, and begun anew.
      const QString differs = difference(whole, broken);
      QVERIFY2(differs.isEmpty(), qPrintable(differs));
      fs::remove_all(broken.toStdString());
      if (prepare) {
        prepare(broken);
      }
    }
    const EngineResult last = run(command(broken));
    QVERIFY2(last.exit_code == 0, last.errors.constData());
    const QString differs = difference(whole, broken);
    QVERIFY2(differs.isEmpty(), qPrintable(differs));
    qInfo("%s: %d kills in %d starts, %d ms without", name, kills_wanted(), starts, whole_ms);
  }

 private slots:
  void initTestCase() {
    const EngineResult rows = run(tokenize(path("rows")));
    QVERIFY2(rows.exit_code == 0, rows.errors.constData());
    QCOMPARE(rows.last()["rows"].get<int>(), 701);
    QVERIFY(rows.last()["peak_gib"].get<double>() > 0);
    const EngineResult set = run(arrow(path("set")));
    QVERIFY2(set.exit_code == 0, set.errors.constData());
    const EngineResult latents = run(encode(path("set")));
    QVERIFY2(latents.exit_code == 0, latents.errors.constData());
  }

  void stagesInSequenceMakeWhatBuildMakes() {
    const EngineResult built = run({"build", demo(0), demo(1), demo(2), "--out", path("built"), "--validation-share", "0.1", "--model",
                                    "pocket", "--size", "32", "--batch", "16", "--shard-rows", "64"});
    QVERIFY2(built.exit_code == 0, built.errors.constData());
    for (const char* part : {"train", "validation", "latents"}) {
      const QString differs = difference(path("built/") + part, path("set/") + part);
      QVERIFY2(differs.isEmpty(), qPrintable(differs));
    }
    QVERIFY(read_file(path("built/dataset.json").toStdString()) == read_file(path("set/dataset.json").toStdString()));
    QCOMPARE(difference(path("built/.build/tokens"), path("rows")), QString());
  }

  void nearDuplicatesStayOnOneSideAndTheTrainerOpensBoth() {
    const fs::path set = path("set").toStdString();
    const std::set<std::string> train = keys_of(set / "train");
    const std::set<std::string> validation = keys_of(set / "validation");
    QVERIFY(validation.size() > 40);
    for (const std::string& key : validation) {
      QVERIFY(!train.contains(key));
    }
    const EngineResult dedup = run({"dedup", path("rows"), "--out", path("dups")});
    QVERIFY2(dedup.exit_code == 0, dedup.errors.constData());
    QVERIFY(dedup.last()["groups"].get<int>() > 0);  // the stamps hold some
    const std::string text = read_file(path("dups/groups.jsonl").toStdString());
    for (size_t at = 0; at < text.size();) {
      const size_t end = text.find('\n', at);
      const Json group = Json::parse(text.substr(at, end - at));
      const bool validates = validation.contains(group["keep"].get<std::string>());
      for (const Json& copy : group["drop"]) {
        QCOMPARE(validation.contains(copy["key"].get<std::string>()), validates);
      }
      at = end + 1;
    }
    const TrainingSet trained(set, "train");
    const TrainingSet checked(set, "validation");
    QCOMPARE(trained.size() + trained.left_out() + checked.size() + checked.left_out(), uint64_t{701});
    QVERIFY(trained.left_out() + checked.left_out() < 10);  // flat ones
  }

  void whatDedupFoundIsDroppedByArrowAndByFilter() {
    QCOMPARE(run({"dedup", path("rows"), "--out", path("dups2")}).exit_code, 0);
    const QString rules = path("dups2/rules.json");
    const auto dropped = read_json_file(rules.toStdString())["overrides"]["drop"].size();
    const EngineResult arrow = run({"arrow", path("rows"), "--out", path("deduped"), "--drop", rules});
    QVERIFY2(arrow.exit_code == 0, arrow.errors.constData());
    const Json done = arrow.last();
    QCOMPARE(done["dropped"].get<size_t>(), dropped);
    QCOMPARE(done["train"].get<size_t>() + done["validation"].get<size_t>(), 701 - dropped);
    QVERIFY(read_file(path("deduped/quarantine.jsonl").toStdString()).find("rules.json drops it") != std::string::npos);
    const EngineResult filter = run({"filter", path("rows"), "--rules", rules, "--out", path("kept")});
    QVERIFY2(filter.exit_code == 0, filter.errors.constData());
    QCOMPARE(filter.last()["kept"].get<size_t>(), 701 - dropped);
    QCOMPARE(run({"arrow", path("kept"), "--out", path("kept_set")}).last()["train"].get<size_t>() > 500, true);
  }

  void killsDoNotChangeAByte_data() {
    QTest::addColumn<QString>("stage");
    for (const char* stage : {"shards", "tokenize", "arrow", "encode", "audit", "dedup", "filter", "filter once"}) {
      QTest::newRow(stage) << stage;
    }
  }

  void killsDoNotChangeAByte() {
    QFETCH(const QString, stage);
    if (stage == "shards") {
      kill_and_compare("shards", [](const QString& out) {
        return QStringList{"shards", QStringLiteral(DARKROOM_SOURCE_DIR "/tests/core/source/data/folder"), "--out", out, "--per-shard",
                           "1"};
      });
    } else if (stage == "tokenize") {
      kill_and_compare("tokenize", &DataStagesTest::tokenize);
    } else if (stage == "arrow") {
      kill_and_compare("arrow", [&](const QString& out) { return arrow(out); });
    } else if (stage == "encode") {
      kill_and_compare("encode", &DataStagesTest::encode, [&](const QString& out) { QCOMPARE(run(arrow(out)).exit_code, 0); });
    } else if (stage == "audit") {
      kill_and_compare("audit", [&](const QString& out) {
        return QStringList{"audit", demo(0), demo(1), demo(2), "--rows", path("rows"), "--out", out};
      });
    } else if (stage.startsWith("filter")) {
      // Side by side, and in order where each caption is kept once.
      fs::create_directories(path("many").toStdString());
      const auto rows = std::find_if(fs::directory_iterator(path("rows").toStdString()), fs::directory_iterator(),
                                     [](const fs::directory_entry& entry) { return entry.path().extension() == ".parquet"; });
      QVERIFY(rows != fs::directory_iterator());
      for (int copy = 0; copy < 40; ++copy) {
        fs::copy_file(rows->path(), path(QStringLiteral("many/%1.parquet").arg(copy)).toStdString(), fs::copy_options::skip_existing);
      }
      const bool once = stage.endsWith("once");
      const Json length{{"column", "caption_chars"}, {"min", 20}, {"max", 60}};
      const Json unique{{"unique", "caption"}};
      const QString rules = path(stage + ".json");
      write_file_atomically(rules.toStdString(), Json{{"darkroom_rules", 1}, {"rules", once ? Json{length, unique} : Json{length}}}.dump());
      kill_and_compare(once ? "filter-once" : "filter",
                       [&](const QString& out) { return QStringList{"filter", path("many"), "--rules", rules, "--out", out}; });
      QVERIFY(files_of(path(once ? "filter-once-whole" : "filter-whole")).size() >= 41);
    } else {
      kill_and_compare("dedup", [](const QString& out) { return QStringList{"dedup", demo(0), demo(1), demo(2), "--out", out}; });
    }
  }

  void interruptedEncodingSaysSoAndGoesOn() {
    const QString dataset = path("interrupted");
    QCOMPARE(run(arrow(dataset)).exit_code, 0);
    QStringList arguments = encode(dataset);
    const std::unique_ptr<QProcess> engine = start_engine(QStringList{"data"} + arguments + QStringList{"--json"});
    const fs::path first = (dataset + "/latents/latents-00000.json").toStdString();
    QTRY_VERIFY_WITH_TIMEOUT(fs::exists(first) || engine->state() == QProcess::NotRunning, 60000);
    ::kill(static_cast<pid_t>(engine->processId()), SIGINT);
    QVERIFY(engine->waitForFinished(60000));
    QCOMPARE(engine->exitCode(), 4);
    QVERIFY(engine->readAllStandardError().contains("The same command goes on from there."));
    const EngineResult rest = run(arguments);
    QVERIFY2(rest.exit_code == 0, rest.errors.constData());
    QVERIFY(rest.last()["encode_skipped"].get<int>() >= 64);
    QCOMPARE(difference(path("set/latents"), dataset + "/latents"), QString());
  }

  void anAuditOfGoodShardsFindsThemWellPaired() {
    const EngineResult audit =
        run({"audit", demo(0), demo(1), demo(2), "--rows", path("rows"), "--rows", path("set"), "--out", path("audited")});
    // Both name every key: that is said, and nothing else is wrong with the pairs.
    QVERIFY2(audit.exit_code == 0, audit.errors.constData());
    QCOMPARE(audit.last()["findings"]["wrong_pair"].get<int>(), 701);
    const EngineResult alone = run({"audit", demo(0), demo(1), demo(2), "--rows", path("set"), "--out", path("audited")});
    QCOMPARE(alone.last()["findings"]["wrong_pair"].get<int>(), 0);
    QCOMPARE(alone.last()["shards_skipped"].get<int>(), 3);
    QCOMPARE(alone.last()["rows"].get<int>(), 701);
    QCOMPARE(alone.last()["findings"]["broken"].get<int>(), 0);
  }

  void aMixtureIsASourceOfAPlan() {
    const EngineResult mix = run({"mix", path("set") + "=60", path("built") + "=40:100", "--out", path("mix.json"), "--batch", "8"});
    QVERIFY2(mix.exit_code == 0, mix.errors.constData());
    QCOMPARE(mix.last()["sources"][0]["share"].get<double>(), 0.6);
    const Json source{{"dataset", path("mix.json").toStdString()}};
    const Json plan{{"darkroom_plan", 1},
                    {"name", "mixed"},
                    {"model", {{"layout", "pocket"}, {"vae", "pocket"}, {"text_encoder", "pocket"}}},
                    {"precision", "fp32"},
                    {"batch", {{"per_device", 2}, {"accumulation", 1}}},
                    {"validation", {{"every_epochs", 0}}},
                    {"logging", {{"tensorboard", false}, {"wandb", "off"}}},
                    {"phases", Json::array({{{"name", "one"}, {"epochs", 1}, {"warmup_steps", 1}, {"sources", Json::array({source})}}})}};
    write_file_atomically(path("plan.json").toStdString(), plan.dump(1));
    const EngineResult check = run_engine({"plan", "check", path("plan.json")});
    QVERIFY2(check.exit_code == 0, check.errors + check.output);
    const EngineResult train =
        run_engine({"train", "--plan", path("plan.json"), "--run", path("run"), "--devices", "cpu", "--max-steps", "2"});
    QVERIFY2(train.exit_code == 0 || train.exit_code == 4, train.errors.constData());
    const Json kept = read_json_file(path("run/plan.json").toStdString());
    QCOMPARE(kept["phases"][0]["sources"].size(), size_t{2});
    QCOMPARE(kept["phases"][0]["sources"][1]["limit"].get<int>(), 100);
    QCOMPARE(run({"mix", path("nowhere") + "=1", "--out", path("m2.json")}).exit_code, 3);
    QCOMPARE(run({"mix", path("set"), "--out", path("m2.json")}).exit_code, 2);
  }

  void statisticsNameWordsTokensAndLatents() {
    const EngineResult stats = run({"stats", path("set"), "--out", path("stats.json")});
    QVERIFY2(stats.exit_code == 0, stats.errors.constData());
    const Json done = stats.last();
    QCOMPARE(done["rows"].get<int>(), 701);
    QCOMPARE(done["sources"].size(), size_t{3});
    QCOMPARE(done["words"][0][0].get<std::string>(), std::string("a"));
    QVERIFY(done["tokens"]["median"].get<double>() > 1);
    QCOMPARE(done["latents"][0]["std"].size(), size_t{4});
    QVERIFY(read_json_file(path("stats.json").toStdString())["rows"] == done["rows"]);
  }

  void singleLatentsOfTheSourceRunGoOutAndComeBack() {
    const QString single = path("single");
    QStringList arguments = encode(path("set"));
    const EngineResult out = run(arguments + QStringList{"--single-files", single});
    QVERIFY2(out.exit_code == 0, out.errors.constData());
    QCOMPARE(out.last()["encoded"].get<int>(), 0);
    QCOMPARE(out.last()["single_files"].get<int>(), out.last()["latents"].get<int>());
    QCOMPARE(run(arrow(path("imported"))).exit_code, 0);
    const EngineResult in =
        run({"encode", path("imported"), "--import", single, "--model", "pocket", "--size", "32", "--shard-rows", "64"});
    QVERIFY2(in.exit_code == 0, in.errors.constData());
    const LatentStore before(fs::path(path("set").toStdString()) / "latents");
    const LatentStore after(fs::path(path("imported").toStdString()) / "latents");
    QCOMPARE(after.size(), before.size());
    for (uint64_t row = 0; row < after.size(); ++row) {
      const std::span<const uint16_t> a = after.latent(row);
      const std::span<const uint16_t> b = before.latent(*before.find(after.key(row)));
      QVERIFY(std::equal(a.begin(), a.end(), b.begin(), b.end()));
    }
  }

  void wrongUseIsRefused() {
    QCOMPARE(run({"encode", path("set"), "--model", "pocket"}).exit_code, 2);
    QCOMPARE(run({"encode", path("set"), "--import", path("set"), "--model", "pocket", "--batch", "4"}).exit_code, 2);
    QCOMPARE(run({"arrow", path("nowhere"), "--out", path("x")}).exit_code, 3);
    QCOMPARE(run({"dedup", path("rows"), "--out", path("x"), "--distance", "12"}).exit_code, 2);
    QCOMPARE(run({"arrow", path("rows"), "--out", path("x"), "--near-duplicates", "many"}).exit_code, 2);
    const EngineResult other =
        run({"encode", path("set"), demo(0), demo(1), demo(2), "--model", "pocket", "--size", "32", "--min-std", "1"});
    QVERIFY(other.exit_code != 0);
    QVERIFY(other.errors.contains("other limits"));
  }
};

DARKROOM_TEST(DataStagesTest);
#include "data_stages_test.moc"
