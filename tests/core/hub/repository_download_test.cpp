// SPDX-License-Identifier: Apache-2.0
#include "core/hub/repository_download.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/hub/part_file.h"
#include "tests/core/hub/cancel_later.h"
#include "tests/core/hub/fake_hub.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

struct RepositoryScene {
  FakeHub hub;
  QTemporaryDir folder;
  std::string weights = noise(700000);
  std::vector<FileReport> reports;
  std::vector<DownloadPlan> plans;
  std::vector<Progress> progress;
  RepositoryRequest request;

  RepositoryScene() {
    hub.add_small("README.md", "---\nlicense: mit\n---\n");
    hub.add_small("model_index.json", "{}\n");
    hub.add_large("unet/model.safetensors", weights);
    hub.add_large("vae/model.safetensors", weights.substr(5));
    hub.add_small("vae/config.json", "{ }\n");
    request.repository = parse_repository(hub.repository);
    request.out = folder.filePath("out").toStdString();
    request.access = {hub.url(), "", ""};
    request.retry = impatient;
  }

  RepositorySummary get(const CancelToken& cancel = CancelToken()) {
    reports.clear();
    plans.clear();
    DownloadWatcher watcher;
    watcher.planned = [this](const DownloadPlan& plan) { plans.push_back(plan); };
    watcher.progress = [this](const Progress& state) { progress.push_back(state); };
    watcher.file_done = [this](const FileReport& report) { reports.push_back(report); };
    return download_repository(request, watcher, cancel);
  }
  int outcomes(FileOutcome outcome) const {
    return static_cast<int>(
        std::count_if(reports.begin(), reports.end(), [outcome](const FileReport& report) { return report.outcome == outcome; }));
  }
  std::string file(const std::string& path) const { return read_file(request.out / path); }
};

}  // namespace

class RepositoryDownloadTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { qputenv("NO_PROXY", "127.0.0.1"); }
  void init() {
    cache_ = std::make_unique<QTemporaryDir>();
    qputenv("HF_HUB_CACHE", cache_->path().toUtf8());
  }

  void aRepositoryLiesInTheFolderAsItIs() {
    RepositoryScene scene;
    const RepositorySummary summary = scene.get();
    QCOMPARE(scene.plans.at(0).files, uint64_t{5});
    QCOMPARE(scene.plans.at(0).missing_bytes, scene.plans.at(0).bytes);
    QVERIFY(scene.file("unet/model.safetensors") == scene.weights);
    QVERIFY(scene.file("vae/model.safetensors") == scene.weights.substr(5));
    QCOMPARE(scene.file("vae/config.json"), std::string("{ }\n"));
    QCOMPARE(summary.license.text(), std::string("mit"));
    QCOMPARE(summary.downloaded_bytes, scene.plans.at(0).bytes);
    QCOMPARE(summary.unverified_files, uint64_t{0});
    QCOMPARE(scene.outcomes(FileOutcome::downloaded), 5);
    QCOMPARE(scene.progress.back().done, scene.plans.at(0).bytes);
    QCOMPARE(std::distance(fs::recursive_directory_iterator(scene.request.out), {}), std::ptrdiff_t{7});  // and two folders; no leftovers
  }

  void aSecondCallFetchesNothingAndASpoiltFileAlone() {
    RepositoryScene scene;
    scene.get();
    scene.hub.forget_requests();
    QCOMPARE(scene.get().downloaded_bytes, uint64_t{0});
    QCOMPARE(scene.outcomes(FileOutcome::present), 5);
    QCOMPARE(scene.hub.hub_requests().size(), size_t{2});
    std::string spoilt = scene.weights;
    spoilt[350000] ^= 1;
    write_file_atomically(scene.request.out / "unet/model.safetensors", spoilt);
    const RepositorySummary summary = scene.get();
    QCOMPARE(summary.downloaded_bytes, scene.weights.size());
    QCOMPARE(summary.plan.present_files, uint64_t{4});
    QVERIFY(scene.file("unet/model.safetensors") == scene.weights);
  }

  void chosenFilesComeAlone() {
    RepositoryScene scene;
    scene.request.patterns = {"vae/", "model_index.json"};
    scene.get();
    QCOMPARE(scene.plans.at(0).files, uint64_t{3});
    QVERIFY(!fs::exists(scene.request.out / "unet"));
    scene.request.patterns = {"*.ckpt"};
    QVERIFY(says(thrown_by([&] { scene.get(); }), ErrorCode::not_found, "no file matches '*.ckpt'"));
  }

  void licenceIsTheHubsWhereTheCardWasNotChosen() {
    RepositoryScene scene;
    scene.hub.card_data = json_text("{'license':'apache-2.0'}");
    scene.request.patterns = {"model_index.json"};
    QCOMPARE(scene.get().license.text(), std::string("apache-2.0"));
  }

  void whatIsUnfinishedGoesOnAndTheTotalSaysSo() {
    RepositoryScene scene;
    fs::create_directories(scene.request.out / "unet");
    {
      PartFile part(scene.request.out / "unet/model.safetensors");
      part.start({"sha256 " + digest_of(DigestKind::sha256, scene.weights), scene.weights.size(), "\"storage-1\""});
      part.append(std::as_bytes(std::span(scene.weights.data(), 400000)));
    }
    const RepositorySummary summary = scene.get();
    QCOMPARE(scene.plans.at(0).missing_bytes, scene.plans.at(0).bytes - 400000);
    QCOMPARE(summary.downloaded_bytes, scene.plans.at(0).missing_bytes);
    QCOMPARE(summary.resumed_files, uint64_t{1});
    QVERIFY(scene.file("unet/model.safetensors") == scene.weights);
  }

  void whatTheHubsLibraryHasIsCopied() {
    RepositoryScene scene;
    const fs::path blobs = fs::path(cache_->path().toStdString()) / "models--artist--model" / "blobs";
    fs::create_directories(blobs);
    write_file_atomically(blobs / digest_of(DigestKind::sha256, scene.weights), scene.weights);
    // Of the right name and size, but spoilt: it is not believed.
    write_file_atomically(blobs / digest_of(DigestKind::sha256, scene.weights.substr(5)), noise(scene.weights.size() - 5, 9));
    const RepositorySummary summary = scene.get();
    QCOMPARE(summary.copied_files, uint64_t{1});
    QVERIFY(scene.file("unet/model.safetensors") == scene.weights);
    QVERIFY(scene.file("vae/model.safetensors") == scene.weights.substr(5));
    QCOMPARE(scene.hub.storage_requests().size(), size_t{1});
  }

  void fourFilesComeAtOnceAndNotMore() {
    std::atomic<int> now = 0;
    std::atomic<int> most = 0;
    const std::string content = noise(1000);
    const std::string hex = digest_of(DigestKind::sha256, content);
    const HttpServer hub([&](const ServedRequest& request, Connection& connection) {
      if (request.target.find("/revision/") != std::string::npos) {
        return connection.answer(200, json_text("{'sha':'c0'}"));
      }
      if (request.target.find("/tree/") != std::string::npos) {
        std::string entries;
        for (int i = 0; i < 12; ++i) {
          entries += (i > 0 ? "," : "") + (json_text("{'type':'file','path':'f")) + std::to_string(i) +
                     json_text("','size':1000,'lfs':{'oid':'") + hex + json_text("','size':1000}}");
        }
        return connection.answer(200, "[" + entries + "]");
      }
      const int count = ++now;
      for (int seen = most; count > seen && !most.compare_exchange_weak(seen, count);) {
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(40));
      --now;
      connection.answer(200, content);
    });
    RepositoryScene scene;
    scene.request.access.endpoint = hub.url();
    scene.get();
    QCOMPARE(scene.outcomes(FileOutcome::downloaded), 12);
    QCOMPARE(most.load(), 4);
  }

  void tooLittleSpaceIsSaidBeforeTheFirstByte() {
    const HttpServer hub([](const ServedRequest& request, Connection& connection) {
      connection.answer(200, request.target.find("/revision/") != std::string::npos
                                 ? json_text("{'sha':'c0'}")
                                 : json_text("[{'type':'file','path':'huge.bin','size':900000000000000,'oid':'x'}]"));
    });
    RepositoryScene scene;
    scene.request.access.endpoint = hub.url();
    QVERIFY(says(thrown_by([&] { scene.get(); }), ErrorCode::io, "900000000000000 bytes are to come"));
    QCOMPARE(hub.requests().size(), size_t{2});
    QVERIFY(scene.plans.empty());
  }

  void theFirstFailureStopsTheOthersAndKeepsTheirParts() {
    RepositoryScene scene;
    scene.hub.faults.bytes_per_s = 100000;
    scene.hub.add_small("gone.txt", "x");
    const HttpServer proxy([&scene](const ServedRequest& request, Connection& connection) {
      // The hub, but for one file that fails after a while.
      if (request.target.ends_with("gone.txt")) {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return connection.answer(404, "", {{"X-Error-Code", "EntryNotFound"}});
      }
      connection.answer(307, "", {{"Location", scene.hub.url() + request.target}});
    });
    scene.request.access.endpoint = proxy.url();
    QElapsedTimer timer;
    timer.start();
    QVERIFY(says(thrown_by([&] { scene.get(); }), ErrorCode::not_found, "no file 'gone.txt'"));
    QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(fs::file_size(part_path(scene.request.out / "unet/model.safetensors")) > 0);
  }

  void cancelStopsAllAndTheNextCallGoesOn() {
    RepositoryScene scene;
    scene.hub.faults.bytes_per_s = 200000;
    const CancelLater cancel{std::chrono::milliseconds(1000)};
    QCOMPARE(thrown_by([&] { scene.get(cancel.token); }).code(), ErrorCode::cancelled);
    scene.hub.faults.bytes_per_s = 0;
    QCOMPARE(scene.get().resumed_files, uint64_t{2});
    QVERIFY(scene.file("unet/model.safetensors") == scene.weights);
  }

  void namesOfUnfinishedFilesAreNotFilesOfTheRepository() {
    RepositoryScene scene;
    scene.hub.add_small("model_index.json.part", "x");
    QVERIFY(says(thrown_by([&] { scene.get(); }), ErrorCode::bad_input, "'model_index.json.part'"));
    scene.request.patterns = {"unet/"};
    scene.get();
  }

  void namesThatDifferByCaseComeWhereTheFolderTellsThem() {
    RepositoryScene scene;
    scene.hub.add_small("readme.md", "other\n");
    scene.get();
    QCOMPARE(scene.file("readme.md"), std::string("other\n"));
    QCOMPARE(scene.file("README.md").substr(0, 3), std::string("---"));
  }

 private:
  std::unique_ptr<QTemporaryDir> cache_;
};

DARKROOM_TEST(RepositoryDownloadTest);
#include "repository_download_test.moc"
