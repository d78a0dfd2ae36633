// SPDX-License-Identifier: Apache-2.0
// `data download` and `data fetch` as users run them: against hosts of all kinds, killed, interrupted, refused.
#include <QTemporaryDir>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>

#include "core/base/atomic_file.h"
#include "core/source/archive_stream.h"
#include "tests/core/download/picture_host.h"
#include "tests/core/download/url_file.h"
#include "tests/core/hub/fake_hub.h"
#include "tests/folder_files.h"
#include "tests/process/engine_program.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

const fs::path sets = fs::path(DARKROOM_SOURCE_DIR) / "tests/core/source/data";

// Kills that a test makes; DARKROOM_CAMPAIGN asks for more.
int kills() { return std::max(4, qEnvironmentVariableIntValue("DARKROOM_CAMPAIGN")); }

// A number of the last event; -1 where there is none, as after a failure.
int number(const Json& done, const char* key) { return done.is_object() ? done.value(key, -1) : -1; }
int count(const Json& done, const char* words) { return done.is_object() ? number(done.value("statuses", Json()), words) : -1; }

// Whether it says how much memory it held.
bool tells_peak(const Json& done) {
  const double peak_gib = done.is_object() ? done.value("peak_gib", 0.0) : 0;
  return peak_gib > 0.01 && peak_gib < 1;
}

// Names of what differs, for a message.
QString difference(const std::map<std::string, std::string>& a, const std::map<std::string, std::string>& b) {
  QString text;
  for (const auto& [name, bytes] : a) {
    if (!b.contains(name) || b.at(name) != bytes) {
      text += QString::fromStdString(name) + " ";
    }
  }
  for (const auto& [name, bytes] : b) {
    text += a.contains(name) ? "" : "+" + QString::fromStdString(name) + " ";
  }
  return text;
}

}  // namespace

class DataDownloadTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    host_ = std::make_unique<PictureHost>();
    qputenv("NO_PROXY", "127.0.0.1");
    qputenv("HF_HOME", folder_->filePath("home").toUtf8());
  }
  void cleanup() { host_.reset(); }

  void aMixedListEndsWithEveryRowAccountedFor() {
    write_mixed(300);
    const EngineResult result = run_engine(arguments("out"));
    QVERIFY2(result.exit_code == 0, result.errors.constData());
    const Json done = result.last();
    QCOMPARE(done["event"].get<std::string>(), std::string("done"));
    QCOMPARE(number(done, "rows"), 300);
    QCOMPARE(number(done, "successes") + number(done, "failed_to_download") + number(done, "failed_to_resize"), 300);
    const Json& statuses = done["statuses"];
    for (const char* words : {"success", "HTTP Error 404: Not Found", "the line broke before the end", "Image decoding error",
                              "Use of image disallowed by X-Robots-Tag directive", "larger than 200000 bytes", "not a http(s) URL",
                              "too many redirects", "timed out", "no URL"}) {
      QVERIFY2(statuses.contains(words), words);
    }
    QVERIFY(tells_peak(done));
    bool has_progress = false;
    for (const Json& event : result.events()) {
      has_progress = has_progress || (event["event"] == "progress" && event.contains("total") && event["stage"] == "download");
    }
    QVERIFY(has_progress);
    // Each picture under its own key: the hash beside a caption is that of what the URL of that caption serves.
    size_t seen = 0;
    for (int shard = 0; shard < 6; ++shard) {
      for_each_archive_entry(path("out") / QString("%1.tar").arg(shard, 5, 10, QChar('0')).toStdString(), [&](ArchiveEntry& entry) {
        if (entry.name().ends_with(".json")) {
          const Json json = Json::parse(entry.read(1 << 20));
          const std::string url = json["url"].get<std::string>();
          const std::string named = json["caption"].get<std::string>().substr(8);
          if (url.find("/to?") == std::string::npos) {
            const std::string target = url.substr(host_->url().size());
            if (digest_of(DigestKind::sha256, PictureHost::picture(target)) == json["sha256"].get<std::string>()) {
              ++seen;
            }
          }
          if (url.find("/picture/") != std::string::npos && url.find("/" + named + ".jpg") == std::string::npos) {
            seen = SIZE_MAX / 2;  // another row's caption
          }
        }
        return true;
      });
    }
    QVERIFY(seen > 150 && seen < 300);
  }

  void killedAgainAndAgainItEndsByteForByteTheSame() {
    write_mixed(300);
    QCOMPARE(run_engine(arguments("whole")).exit_code, 0);
    const std::map<std::string, std::string> whole = files_of(path("whole"));
    std::mt19937 random(static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count()));
    int killed = 0;
    for (int i = 0; i < kills(); ++i) {
      const std::unique_ptr<QProcess> engine = start_engine(arguments("out"));
      const int wait_ms = std::uniform_int_distribution<int>(20, 900)(random);
      if (!engine->waitForFinished(wait_ms)) {
        engine->kill();
        engine->waitForFinished();
        ++killed;
      }
      if (i % 5 == 4) {
        fs::remove_all(path("out"));  // so that kills at the beginning of a run happen too
      }
    }
    QVERIFY(killed > 0);
    const EngineResult last = run_engine(arguments("out"));
    QVERIFY2(last.exit_code == 0, last.errors.constData());
    const std::map<std::string, std::string> after = files_of(path("out"));
    QVERIFY2(after == whole, qPrintable(difference(whole, after)));
  }

  void interruptedItSavesWhatCame() {
    std::vector<UrlFileRow> rows;
    for (int i = 0; i < 200; ++i) {
      rows.push_back({.url = host_->url("/slow/20/" + std::to_string(i) + ".jpg"), .caption = "c"});
    }
    write_url_file(path("urls.parquet"), rows);
    const std::unique_ptr<QProcess> engine = start_engine(arguments("out") + QStringList{"--per-host", "2"});
    QTRY_VERIFY_WITH_TIMEOUT(host_->requests().size() > 60, 60000);
    ::kill(static_cast<pid_t>(engine->processId()), SIGINT);
    QVERIFY(engine->waitForFinished(20000));
    QCOMPARE(engine->exitCode(), 4);
    QVERIFY(engine->readAllStandardOutput().contains("The same command goes on from there."));
    const EngineResult rest = run_engine(arguments("out"));
    QVERIFY2(rest.exit_code == 0, rest.output.right(600).constData());
    const Json done = rest.last();
    QCOMPARE(number(done, "successes"), 200);
    QVERIFY(number(done, "rows_resumed") + 50 * number(done, "shards_skipped") > 40);
  }

  void thisMachineIsRefusedUnlessAllowed() {
    write_url_file(path("urls.parquet"), {{.url = host_->url("/picture/1.jpg"), .caption = "a"},
                                          {.url = host_->url("/to?http://127.0.0.2:1/x"), .caption = "b"},
                                          {.url = "file:///etc/passwd", .caption = "c"}});
    const QStringList plain{"data", "download", text("urls.parquet"), "--out"};
    Json done = run_engine(plain + QStringList{text("a"), "--json"}).last();
    QCOMPARE(count(done, "address not allowed: loopback"), 2);
    QVERIFY(host_->requests().empty());
    done = run_engine(plain + QStringList{text("b"), "--json", "--allow-network", "127.0.0.1"}).last();
    QCOMPARE(number(done, "successes"), 1);
    QCOMPARE(count(done, "address not allowed: loopback"), 1);
    done = run_engine(plain + QStringList{text("c"), "--json", "--allow-private", "--tries", "1"}).last();
    QCOMPARE(count(done, "cannot connect"), 1);
    QCOMPARE(count(done, "not a http(s) URL"), 1);
  }

  void wrongOptionsAndInputsHaveTheirCodes() {
    write_mixed(10);
    const QStringList plain{"data", "download", text("urls.parquet"), "--out", text("out")};
    QCOMPARE(run_engine(plain + QStringList{"--resize-mode", "crop"}).exit_code, 2);
    QCOMPARE(run_engine(plain + QStringList{"--encode-format", "png", "--encode-quality", "95"}).exit_code, 2);
    QCOMPARE(run_engine(plain + QStringList{"--allow-network", "10.0.0.0/40"}).exit_code, 2);
    QCOMPARE(run_engine(plain + QStringList{"--verify-hash", "md5"}).exit_code, 2);
    QCOMPARE(run_engine(plain + QStringList{"--url-column", "link"}).exit_code, 3);
    QCOMPARE(run_engine({"data", "download", text("nothing.parquet"), "--out", text("out")}).exit_code, 3);
    QVERIFY(run_engine({"data", "download", "--help"}).output.contains("--retry-failed"));
    // What would have no effect is refused.
    write_file_atomically(path("list.txt"), host_->url("/picture/1.jpg") + "\n");
    const QStringList list{"data", "fetch", "--urls", text("list.txt"), "--out", text("out")};
    QCOMPARE(run_engine(list + QStringList{"--file", "*.jpg"}).exit_code, 2);
    QCOMPARE(run_engine(list + QStringList{"--revision", "v1"}).exit_code, 2);
    QCOMPARE(run_engine(list + QStringList{"--size", "64"}).exit_code, 2);
    QCOMPARE(run_engine({"data", "fetch", "datasets/org/set", "--out", text("out"), "--quality", "80"}).exit_code, 2);
    QVERIFY(host_->requests().empty());
  }

  void aHubsFilesAreChosenByPattern() {
    FakeHub hub;
    hub.kind = "datasets";
    hub.repository = "org/set";
    hub.add_large("data/part-0.parquet", noise(300'000));
    hub.add_small("README.md", "---\nlicense: cc-by-4.0\n---\n");
    hub.add_large("images/000.tgz", noise(1000));
    const EngineResult result = run_engine({"data", "fetch", "datasets/org/set", "--file", "*.parquet", "--file", "README.md", "--out",
                                            text("out"), "--endpoint", QString::fromStdString(hub.url()), "--json"});
    QVERIFY2(result.exit_code == 0, result.errors.constData());
    QCOMPARE(number(result.last(), "files"), 2);
    QCOMPARE(result.last()["license"].get<std::string>(), std::string("cc-by-4.0"));
    QVERIFY(tells_peak(result.last()));
    QVERIFY(read_file(path("out/data/part-0.parquet")) == noise(300'000));
    QVERIFY(!fs::exists(path("out/images")));
  }

  void aListOfUrlsIsFetched() {
    write_file_atomically(path("list.txt"), host_->url("/picture/1.jpg") + "\n" + host_->url("/picture/2.jpg") + " as=deep/two.jpg\n");
    const QStringList command{"data", "fetch", "--urls", text("list.txt"), "--out", text("out"), "--json"};
    QCOMPARE(number(run_engine(command).last(), "files"), 2);
    QCOMPARE(read_file(path("out/deep/two.jpg")), PictureHost::picture("/picture/2.jpg"));
    const Json again = run_engine(command).last();
    QCOMPARE(number(again, "present"), 2);
    QVERIFY(tells_peak(again));
    QCOMPARE(run_engine({"data", "fetch", "--out", text("out")}).exit_code, 2);
    QCOMPARE(run_engine({"data", "fetch", "a/b", "--urls", text("list.txt"), "--out", text("out")}).exit_code, 2);
  }

  void diffusionDbBecomesShardsOneArchiveAtATime() { check_archives("diffusiondb", "images/part-*.zip", "diffusiondb-part-000001.tar"); }
  void journeyDbBecomesShardsOneArchiveAtATime() { check_archives("journeydb", "", "journeydb-000.tar"); }

  void killedWhileArchivesComeItEndsTheSame() {
    FakeHub hub;
    fill(hub, "diffusiondb");
    const QStringList command = archive_command(hub, "diffusiondb", "", "shards");
    QCOMPARE(run_engine(archive_command(hub, "diffusiondb", "", "whole")).exit_code, 0);
    fs::remove_all(path("raw"));
    hub.faults.bytes_per_s = 3'000;
    std::mt19937 random(7);
    int killed = 0;
    for (int i = 0; i < kills(); ++i) {
      const std::unique_ptr<QProcess> engine = start_engine(command);
      if (!engine->waitForFinished(std::uniform_int_distribution<int>(50, 800)(random))) {
        engine->kill();
        engine->waitForFinished();
        ++killed;
      }
    }
    QVERIFY(killed > 0);
    hub.faults.bytes_per_s = 0;
    const EngineResult last = run_engine(command);
    QVERIFY2(last.exit_code == 0, last.errors.constData());
    QVERIFY2(files_of(path("shards")) == files_of(path("whole")),
             qPrintable(difference(files_of(path("whole")), files_of(path("shards")))));
  }

 private:
  fs::path path(const std::string& name) const { return fs::path(folder_->path().toStdString()) / name; }
  QString text(const QString& name) const { return folder_->filePath(name); }

  QStringList arguments(const QString& out) const {
    return {"data",
            "download",
            text("urls.parquet"),
            "--out",
            text(out),
            "--image-size",
            "48",
            "--rows-per-shard",
            "50",
            "--timeout",
            "8",
            "--tries",
            "1",
            "--retry-delay",
            "0.01",
            "--max-bytes",
            "200000",
            "--allow-private",
            "--json"};
  }

  // Two thirds good pictures, the rest what goes wrong on the internet.
  void write_mixed(int count) const {
    const std::string port = host_->url().substr(host_->url().rfind(':'));
    const std::vector<std::string> others{"/dead/#",      "/page/#.jpg",    "/cut/#.jpg",      "/broken/#.jpg", "/huge/#.jpg",
                                          "/noai/#.jpg",  "/endless/#.jpg", "/slow/150/#.jpg", "/empty/#.jpg",  "/turned/#.jpg",
                                          "/large/#.jpg", "/round",         "/teapot/#"};
    std::vector<UrlFileRow> rows;
    for (int i = 0; i < count; ++i) {
      const std::string number = std::to_string(i);
      UrlFileRow row{.url = host_->url("/picture/" + number + ".jpg"), .caption = "picture " + number};
      if (i % 3 == 2) {
        std::string other = others[static_cast<size_t>(i / 3) % others.size()];
        if (const size_t mark = other.find('#'); mark != std::string::npos) {
          other.replace(mark, 1, number);
        }
        row.url = host_->url(other);
      }
      row.url = i == 60 ? host_->url("/hang/1.jpg") : i == 61 ? "ftp://127.0.0.1/x" : row.url;
      row.url = i == 63 ? "http://localhost" + port + "/picture/63.jpg" : i == 64 ? host_->url("/to?/picture/64.jpg") : row.url;
      if (i == 66) {
        row.url.reset();
      }
      rows.push_back(row);
    }
    write_url_file(path("urls.parquet"), rows);
  }

  void fill(FakeHub& hub, const std::string& set) const {
    hub.kind = "datasets";
    hub.repository = "org/set";
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(sets / set)) {
      if (entry.is_regular_file()) {
        const std::string name = fs::relative(entry.path(), sets / set).string();
        hub.add_large(set == "diffusiondb" ? "images/" + name : name, read_file(entry.path()));
      }
    }
    hub.add_small("README.md", "---\nlicense: cc0-1.0\n---\n");
  }

  QStringList archive_command(const FakeHub& hub, const QString& set, const QString& pattern, const QString& shards) const {
    QStringList command{
        "data",       "fetch", "datasets/org/set", "--out",      text("raw"), "--endpoint", QString::fromStdString(hub.url()),
        "--reencode", set,     "--shards",         text(shards), "--size",    "16",         "--delete-archives",
        "--json"};
    return pattern.isEmpty() ? command : command + QStringList{"--file", pattern};
  }

  void check_archives(const std::string& set, const QString& pattern, const std::string& tar) {
    FakeHub hub;
    fill(hub, set);
    const QStringList command = archive_command(hub, QString::fromStdString(set), pattern, "shards");
    const EngineResult result = run_engine(command);
    QVERIFY2(result.exit_code == 0, result.errors.constData());
    QVERIFY(number(result.last(), "pictures") > 0);
    QVERIFY(tells_peak(result.last()));
    QVERIFY(fs::exists(path("shards") / tar));
    // The same as `data shards` makes of the whole folder.
    const EngineResult whole = run_engine({"data", "shards", QString::fromStdString((sets / set).string()), "--source",
                                           QString::fromStdString(set), "--out", text("whole"), "--size", "16", "--json"});
    QCOMPARE(whole.exit_code, 0);
    QVERIFY(read_file(path("shards") / tar) == read_file(path("whole") / tar));
    QCOMPARE(read_file(path("shards/quarantine.jsonl")), read_file(path("whole/quarantine.jsonl")));
    for (const auto& [name, bytes] : files_of(path("raw"))) {
      QVERIFY2(!name.ends_with(".zip") && (!name.ends_with(".tgz") || name.ends_with(".jsonl.tgz")), name.c_str());
    }
    hub.forget_requests();
    const Json again = run_engine(command).last();
    QCOMPARE(number(again, "archives_skipped"), number(again, "archives"));
    QCOMPARE(number(again, "downloaded_bytes"), 0);
  }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<PictureHost> host_;
};

DARKROOM_TEST(DataDownloadTest);
#include "data_download_test.moc"
