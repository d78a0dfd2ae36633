// SPDX-License-Identifier: Apache-2.0
// `hub get` as users run it: killed, interrupted, refused.
#include <QTemporaryDir>
#include <csignal>
#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/hub/part_file.h"
#include "tests/core/hub/fake_hub.h"
#include "tests/process/engine_program.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

uint64_t size_of(const fs::path& path) {
  std::error_code missing;
  const uint64_t size = fs::file_size(path, missing);
  return missing ? 0 : size;
}

}  // namespace

class HubTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    hub_ = std::make_unique<FakeHub>();
    weights_ = noise(4000000);
    hub_->add_large("unet/model.safetensors", weights_);
    hub_->add_small("README.md", "---\nlicense: creativeml-openrail-m\n---\n");
    qputenv("NO_PROXY", "127.0.0.1");
    qputenv("HF_HOME", folder_->filePath("home").toUtf8());
    qputenv("HF_ENDPOINT", QByteArray::fromStdString(hub_->url()));
    qunsetenv("HF_TOKEN");
    file_ = folder_->filePath("out/unet/model.safetensors").toStdString();
  }
  void cleanupTestCase() { qunsetenv("HF_ENDPOINT"); }

  void programsAreToldPlanFilesAndLicence() {
    const EngineResult result = run_engine(arguments());
    QCOMPARE(result.exit_code, 0);
    QVERIFY(read_file(file_) == weights_);
    std::vector<std::string> names;
    for (const Json& event : result.events()) {
      names.push_back(event["event"].get<std::string>());
    }
    QCOMPARE(std::count(names.begin(), names.end(), "planned"), std::ptrdiff_t{1});
    QCOMPARE(std::count(names.begin(), names.end(), "file"), std::ptrdiff_t{2});
    QVERIFY(std::count(names.begin(), names.end(), "progress") >= 1);
    const Json done = result.last();
    QCOMPARE(done["event"].get<std::string>(), std::string("done"));
    QCOMPARE(done["license"].get<std::string>(), std::string("creativeml-openrail-m"));
    QCOMPARE(done["commit"].get<std::string>(), std::string(FakeHub::commit));
    QCOMPARE(done["downloaded_bytes"].get<uint64_t>(), done["bytes"].get<uint64_t>());
    QCOMPARE(run_engine(arguments()).last()["downloaded_bytes"].get<uint64_t>(), uint64_t{0});
  }

  void peopleAreToldTheTotalFirstAndTheLicenceLast() {
    const EngineResult result = run_engine({"hub", "get", "artist/model", "--out", out()});
    QCOMPARE(result.exit_code, 0);
    QVERIFY2(result.output.contains("2 files, 4.0 MB; 0 files are there, 4.0 MB to come"), result.output.constData());
    QVERIFY(result.output.trimmed().endsWith("licence: creativeml-openrail-m"));
  }

  void killedAgainAndAgainItEndsByteForByteTheSame() {
    hub_->faults.bytes_per_s = 3000000;
    uint64_t before = 0;
    for (int i = 0; i < 4; ++i) {
      const std::unique_ptr<QProcess> engine = start_engine(arguments());
      QTRY_VERIFY_WITH_TIMEOUT(size_of(part_path(file_)) > before + 400000, 60000);
      engine->kill();
      engine->waitForFinished();
      const uint64_t after = size_of(part_path(file_));
      QVERIFY(after < weights_.size());
      if (before > 0) {
        QCOMPARE(hub_->storage_requests().back().range_start().value_or(0), before);
      }
      before = after;
    }
    hub_->faults.bytes_per_s = 0;
    const EngineResult result = run_engine(arguments());
    QCOMPARE(result.exit_code, 0);
    QVERIFY(read_file(file_) == weights_);
    QCOMPARE(result.last()["resumed"].get<int>(), 1);
    QCOMPARE(hub_->storage_requests().back().range_start().value_or(0), before);
    QVERIFY(!fs::exists(part_path(file_)) && !fs::exists(part_description_path(file_)));
  }

  void interruptedItSaysSoAndKeepsWhatCame() {
    hub_->faults.bytes_per_s = 1000000;
    const std::unique_ptr<QProcess> engine = start_engine(arguments());
    QTRY_VERIFY_WITH_TIMEOUT(size_of(part_path(file_)) > 200000, 60000);
    ::kill(static_cast<pid_t>(engine->processId()), SIGINT);
    QVERIFY(engine->waitForFinished(10000));
    QCOMPARE(engine->exitCode(), 4);
    QVERIFY(engine->readAllStandardError().contains("The same command goes on from there."));
    QVERIFY(size_of(part_path(file_)) > 200000);
  }

  void refusalsHaveTheCodesOfBadInputAndUsage() {
    QCOMPARE(run_engine({"hub", "get", "nobody/nothing", "--out", out()}).exit_code, 3);
    QCOMPARE(run_engine({"hub", "get", "artist/model", "--revision", "v9", "--out", out()}).exit_code, 3);
    QCOMPARE(run_engine({"hub", "get", "artist/model", "--file", "*.ckpt", "--out", out()}).exit_code, 3);
    QCOMPARE(run_engine({"hub", "get", "not a name", "--out", out()}).exit_code, 2);
    QCOMPARE(run_engine({"hub", "get", "artist/model", "--endpoint", "ftp://x", "--out", out()}).exit_code, 2);
    QCOMPARE(run_engine({"hub", "get", "artist/model"}).exit_code, 2);
    QVERIFY(!fs::exists(out().toStdString()));
  }

  void chosenFilesMayBeNamedBeforeTheRepository() {
    const EngineResult result =
        run_engine({"hub", "get", "--file", "README.md", "--file", "*.md", "artist/model", "--out", out(), "--json"});
    QCOMPARE(result.exit_code, 0);
    QCOMPARE(result.last()["files"].get<int>(), 1);
    QVERIFY(!fs::exists(file_.parent_path()));
  }

  void tokenIsUsedAndNeverPrinted() {
    hub_->wanted_token = "hf_right";
    QVERIFY(run_engine(arguments()).errors.contains("set HF_TOKEN"));
    qputenv("HF_TOKEN", "hf_wrong");
    const EngineResult refused = run_engine(arguments());
    QCOMPARE(refused.exit_code, 3);
    QVERIFY(!refused.errors.contains("hf_wrong") && !refused.output.contains("hf_wrong"));
    qputenv("HF_TOKEN", "hf_right");
    QCOMPARE(run_engine(arguments()).exit_code, 0);
  }

 private:
  QString out() const { return folder_->filePath("out"); }
  QStringList arguments() const { return {"hub", "get", "artist/model", "--out", out(), "--json"}; }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<FakeHub> hub_;
  std::string weights_;
  fs::path file_;
};

DARKROOM_TEST(HubTest);
#include "hub_test.moc"
