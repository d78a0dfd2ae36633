// SPDX-License-Identifier: Apache-2.0
#include "core/download/download_images.h"

#include <QTemporaryDir>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/image/image_decode.h"
#include "core/source/archive_stream.h"
#include "tests/core/download/picture_host.h"
#include "tests/core/download/url_file.h"
#include "tests/folder_files.h"
#include "tests/quiet_progress.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

DownloadOptions local_download() {
  DownloadOptions options;
  options.rows_per_shard = 10;
  options.threads = 2;
  options.columns.keep = {"all"};
  options.picture.image_size = 32;
  options.transfer.timeout_s = 30;  // nothing here hangs, but the machine may be busy
  options.transfer.retry = {.tries = 2, .first_delay_s = 0.01, .longest_delay_s = 0.02, .longest_wait_s = 1};
  options.transfer.addresses.private_networks = PrivateNetworks::allow;
  return options;
}

std::map<std::string, std::string> members_of(const fs::path& tar) {
  std::map<std::string, std::string> members;
  for_each_archive_entry(tar, [&](ArchiveEntry& entry) {
    members.emplace(entry.name(), entry.read(1 << 20));
    return true;
  });
  return members;
}

std::vector<std::string> names_in(const fs::path& tar) {
  std::vector<std::string> names;
  for_each_archive_entry(tar, [&](ArchiveEntry& entry) {
    names.push_back(entry.name());
    return true;
  });
  return names;
}

}  // namespace

class DownloadImagesTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    host_ = std::make_unique<PictureHost>();
    input_ = path("urls.parquet");
  }
  void cleanup() { host_.reset(); }

  void aShardHasThePeersLayout() {
    std::vector<UrlFileRow> rows = pictures(12);
    rows[3].url = host_->url("/dead/3");
    rows[4].url = host_->url("/page/4.jpg");
    rows[5].url.reset();
    rows[6].caption.reset();
    rows[7].caption = "caf\xC3\xA9 \"au lait\"";
    write_url_file(input_, rows);
    const DownloadSummary summary = run("out", local_download());
    QCOMPARE(summary.shards, uint64_t{2});
    QCOMPARE(summary.stats.count, uint64_t{12});
    QCOMPARE(summary.stats.successes, uint64_t{9});
    QCOMPARE(
        names_in(path("out/00000.tar")),
        (std::vector<std::string>{"000000.jpg",  "000000.json", "000000.txt",  "000001.jpg",  "000001.json", "000001.txt",  "000002.jpg",
                                  "000002.json", "000002.txt",  "000006.jpg",  "000006.json", "000006.txt",  "000007.jpg",  "000007.json",
                                  "000007.txt",  "000008.jpg",  "000008.json", "000008.txt",  "000009.jpg",  "000009.json", "000009.txt"}));
    const auto members = members_of(path("out/00000.tar"));
    QCOMPARE(members.at("000006.txt"), std::string());
    QCOMPARE(members.at("000007.txt"), *rows[7].caption);
    const Json json = Json::parse(members.at("000007.json"));
    std::vector<std::string> keys;
    for (const auto& [key, value] : json.items()) {
      keys.push_back(key);
    }
    QCOMPARE(keys, (std::vector<std::string>{"source_width", "aesthetic", "md5", "caption", "url", "key", "status", "error_message",
                                             "width", "height", "original_width", "original_height", "exif", "sha256"}));
    QCOMPARE(json["caption"].get<std::string>(), *rows[7].caption);
    QCOMPARE(json["aesthetic"].get<double>(), 6.5);
    QCOMPARE(json["source_width"].get<int>(), 640);
    QCOMPARE(json["original_width"].get<int>(), 47);
    QCOMPARE(json["width"].get<int>(), 32);
    QCOMPARE(json["sha256"].get<std::string>(), digest_of(DigestKind::sha256, PictureHost::picture("/picture/7.jpg")));
    QVERIFY(members.at("000007.json").find("\\u00e9") != std::string::npos);
    QVERIFY(members.at("000007.json").starts_with("{\n    \"source_width\": 640,\n"));
    const Image image = decode_image(std::as_bytes(std::span(members.at("000007.jpg"))), "member");
    QCOMPARE(image.width, 32);
    const Json stats = read_json_file(path("out/00000_stats.json"));
    QCOMPARE(stats["count"].get<int>(), 10);
    QCOMPARE(stats["successes"].get<int>(), 7);
    QCOMPARE(stats["failed_to_download"].get<int>(), 2);
    QCOMPARE(stats["failed_to_resize"].get<int>(), 1);
    QCOMPARE(stats["status_dict"]["success"].get<int>(), 7);
    QCOMPARE(stats["status_dict"]["Image decoding error"].get<int>(), 1);
    QCOMPARE(stats["status_dict"]["HTTP Error 404: Not Found"].get<int>(), 1);
    QVERIFY(!fs::exists(path("out/_tmp")));
  }

  void theParquetHasEveryRow() {
    std::vector<UrlFileRow> rows = pictures(10);
    rows[3].url = host_->url("/dead/3");
    rows[4].url = host_->url("/cut/4.jpg");
    write_url_file(input_, rows);
    run("out", local_download());
    const fs::path parquet = path("out/00000.parquet");
    QCOMPARE(columns_of(parquet),
             (std::vector<std::string>{"source_width:int32", "aesthetic:double", "md5:string", "caption:string", "url:string", "key:string",
                                       "status:string", "error_message:string", "width:int32", "height:int32", "original_width:int32",
                                       "original_height:int32", "exif:string", "sha256:string"}));
    QCOMPARE(column_of(parquet, "key").at(4), std::string("000004"));
    QCOMPARE(column_of(parquet, "status").at(3), std::string("failed_to_download"));
    QCOMPARE(column_of(parquet, "status").at(4), std::string("failed_to_resize"));
    QCOMPARE(column_of(parquet, "status").at(5), std::string("success"));
    QCOMPARE(column_of(parquet, "error_message").at(3), std::string("HTTP Error 404: Not Found"));
    QVERIFY(column_of(parquet, "error_message").at(4).starts_with("Image decoding error: "));
    QCOMPARE(column_of(parquet, "error_message").at(5), std::string());
    QCOMPARE(column_of(parquet, "width").at(4), std::string());
    QCOMPARE(column_of(parquet, "caption").at(9), std::string("picture 9"));
  }

  void everyRowThatIsInNoTarIsInTheQuarantine() {
    std::vector<UrlFileRow> rows = pictures(25);
    rows[3].url = host_->url("/dead/3");
    rows[21].url = host_->url("/page/4.jpg");
    write_url_file(input_, rows);
    run("out", local_download());
    std::ifstream file(path("out/quarantine.jsonl"));
    std::vector<Json> lines;
    for (std::string line; std::getline(file, line);) {
      lines.push_back(Json::parse(line));
    }
    QCOMPARE(lines.size(), size_t{2});
    QCOMPARE(lines[0]["item"].get<std::string>(), std::string("000003"));
    QCOMPARE(lines[0]["url"].get<std::string>(), *rows[3].url);
    QCOMPARE(lines[1]["source"].get<std::string>(), std::string("00002.tar"));
    QVERIFY(lines[1]["reason"].get<std::string>().starts_with("failed_to_resize: Image decoding error: "));
  }

  void theSameRunMakesTheSameBytesWhateverComesFirst() {
    std::vector<UrlFileRow> rows = pictures(40);
    for (size_t i = 0; i < rows.size(); i += 3) {
      rows[i].url = host_->url("/slow/" + std::to_string(100 - 2 * i) + "/" + std::to_string(i) + ".jpg");
    }
    rows[8].url = host_->url("/dead/8");
    write_url_file(input_, rows);
    run("first", local_download());
    DownloadOptions other = local_download();
    other.threads = 1;
    other.transfer.connections = 2;
    run("second", other);
    QCOMPARE(files_of(path("second")).size(), size_t{14});  // 4 shards of three, quarantine, description
    QVERIFY(files_of(path("first")) == files_of(path("second")));
  }

  void aFinishedShardIsNotAskedForAgain() {
    write_url_file(input_, pictures(30));
    run("out", local_download());
    fs::remove(path("out/00001_stats.json"));
    const auto before = files_of(path("out"));
    host_->forget_requests();
    const DownloadSummary again = run("out", local_download());
    QCOMPARE(again.shards_skipped, uint64_t{2});
    QCOMPARE(again.stats.successes, uint64_t{30});
    QCOMPARE(host_->requests().size(), size_t{10});
    for (const auto& [name, bytes] : before) {
      QVERIFY(read_file(path("out") / name) == bytes);
    }
  }

  void onlyFailedRowsAreTriedAgain() {
    std::vector<UrlFileRow> rows = pictures(20);
    rows[2].url = host_->url("/dead/2");
    rows[13].url = host_->url("/dead/13");
    rows[14].url = host_->url("/page/14.jpg");
    write_url_file(input_, rows);
    run("out", local_download());
    const auto failed = files_of(path("out"));
    host_->forget_requests();
    QCOMPARE(run("out", local_download()).stats.successes, uint64_t{17});
    QCOMPARE(host_->requests().size(), size_t{0});
    DownloadOptions options = local_download();
    options.retry_failed = true;
    QCOMPARE(run("out", options).stats.successes, uint64_t{17});  // still dead
    QCOMPARE(host_->requests().size(), size_t{2});
    QVERIFY(files_of(path("out")) == failed);
    host_->revive();
    host_->forget_requests();
    QCOMPARE(run("out", options).stats.successes, uint64_t{19});
    QCOMPARE(host_->requests().size(), size_t{2});
    run("fresh", local_download());
    QVERIFY(files_of(path("out")) == files_of(path("fresh")));
  }

  void aCancelledRunGoesOn() {
    std::vector<UrlFileRow> rows = pictures(60);
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i].url = host_->url("/slow/20/" + std::to_string(i) + ".jpg");
    }
    write_url_file(input_, rows);
    run("whole", local_download());
    CancelToken cancel;
    const ProgressSink stop = [&cancel](const Progress& progress) {
      if (progress.done > 5) {
        cancel.cancel();
      }
    };
    host_->forget_requests();
    DownloadOptions slow = local_download();
    slow.transfer.connections = 1;
    QCOMPARE(error_of([&] { download_images({input_}, path("out"), slow, stop, cancel); }).empty(), false);
    const size_t asked = host_->requests().size();
    QVERIFY(asked < 60);
    const DownloadSummary rest = run("out", local_download());
    QVERIFY(rest.rows_resumed + 10 * rest.shards_skipped > 0);
    QVERIFY(host_->requests().size() < 60 + 20);
    QVERIFY(files_of(path("out")) == files_of(path("whole")));
  }

  void aFolderOfOtherInputsOrOptionsIsRefused() {
    write_url_file(input_, pictures(10));
    run("out", local_download());
    DownloadOptions other = local_download();
    other.picture.image_size = 64;
    QVERIFY(error_of([&] { run("out", other); }).find("image_size 32, not 64") != std::string::npos);
    write_url_file(input_, pictures(11));
    QVERIFY(error_of([&] { run("out", local_download()); }).find("from other inputs") != std::string::npos);
  }

  // Other rules ask for nearly the same pictures, in another order and other shards.
  void picturesOfAnotherDownloadAreTakenOver() {
    std::vector<UrlFileRow> rows = pictures(25);
    rows[3].url = host_->url("/dead/3");
    rows[5].md5 = digest_of(DigestKind::md5, PictureHost::picture("/picture/5.jpg"));
    write_url_file(input_, rows);
    DownloadOptions options = local_download();
    options.columns.hash_kind = DigestKind::md5;
    run("first", options);

    std::vector<UrlFileRow> others{rows.rbegin(), rows.rend()};
    others.erase(others.begin() + 2, others.begin() + 6);
    others.push_back(rows[8]);  // the same picture twice
    others.push_back(pictures(1, 100).at(0));
    others.at(0).md5 = digest_of(DigestKind::md5, "another");
    for (UrlFileRow& row : others) {
      row.aesthetic = 7;
    }
    input_ = path("others.parquet");
    write_url_file(input_, others);
    options.rows_per_shard = 7;
    options.columns.hash = "md5";
    run("whole", options);
    host_->forget_requests();
    options.earlier_folders = {path("first")};
    const DownloadSummary summary = run("out", options);
    QCOMPARE(summary.rows_reused, uint64_t{20});  // not the dead one, the new one, and that of the other hash
    QCOMPARE(summary.rows_downloaded, uint64_t{3});
    QCOMPARE(host_->requests().size(), size_t{3});
    QVERIFY(files_of(path("out")) == files_of(path("whole")));
    QCOMPARE(run("out", options).shards_skipped, summary.shards);

    options.picture.image_size = 16;
    QVERIFY(says(thrown_by([&] { run("smaller", options); }), ErrorCode::bad_input, "with image_size 32, not 16"));
    options.earlier_folders = {folder_->path().toStdString()};
    QVERIFY(says(thrown_by([&] { run("none", options); }), ErrorCode::not_found, "holds no download"));
  }

  void publishedHashesAreCompared() {
    std::vector<UrlFileRow> rows = pictures(3);
    rows[0].md5 = digest_of(DigestKind::md5, PictureHost::picture("/picture/0.jpg"));
    rows[1].md5 = digest_of(DigestKind::md5, "another");
    write_url_file(input_, rows);
    DownloadOptions options = local_download();
    options.columns.hash = "MD5";
    options.columns.hash_kind = DigestKind::md5;
    options.columns.keep = {"Aesthetic"};
    run("out", options);
    QCOMPARE(column_of(path("out/00000.parquet"), "status"), (std::vector<std::string>{"success", "failed_to_download", "success"}));
    QCOMPARE(column_of(path("out/00000.parquet"), "error_message").at(1), std::string("hash mismatch"));
    QCOMPARE(columns_of(path("out/00000.parquet")).front(), std::string("aesthetic:double"));
    QCOMPARE(columns_of(path("out/00000.parquet")).back(), std::string("md5:string"));
    QCOMPARE(column_of(path("out/00000.parquet"), "md5").at(0), rows[0].md5);
  }

  void columnsThatAreNotThereAreNamed() {
    write_url_file(input_, pictures(3));
    DownloadOptions options = local_download();
    options.columns.url = "link";
    const std::string error = error_of([&] { run("out", options); });
    QVERIFY2(error.find("link") != std::string::npos && error.find("URL, TEXT, width") != std::string::npos, error.c_str());
    write_file_atomically(input_, "this is no parquet");
    QVERIFY(error_of([&] { run("out2", local_download()); }).find("urls.parquet") != std::string::npos);
    QVERIFY(error_of([&] { download_images({path("nothing")}, path("out3"), local_download(), quiet, {}); }).find("nothing") !=
            std::string::npos);
  }

  void inputsOfSeveralFilesKeepTheirShardsApart() {
    write_url_file(input_, pictures(12));
    write_url_file(path("more.parquet"), pictures(3, 50));
    const DownloadSummary summary = download_images({input_, path("more.parquet")}, path("out"), local_download(), quiet, {});
    QCOMPARE(summary.shards, uint64_t{3});
    QCOMPARE(column_of(path("out/00001.parquet"), "caption"), (std::vector<std::string>{"picture 10", "picture 11"}));
    QCOMPARE(column_of(path("out/00002.parquet"), "key").front(), std::string("000020"));
    QCOMPARE(column_of(path("out/00002.parquet"), "caption").front(), std::string("picture 50"));
  }

  void privateHostsAreRefusedByDefault() {
    write_url_file(input_, pictures(3));
    DownloadOptions options = local_download();
    options.transfer.addresses = {};
    QCOMPARE(run("out", options).stats.statuses.at("address not allowed: loopback"), uint64_t{3});
    QVERIFY(host_->requests().empty());
  }

 private:
  fs::path path(const std::string& name) const { return fs::path(folder_->path().toStdString()) / name; }

  std::vector<UrlFileRow> pictures(int count, int first = 0) const {
    std::vector<UrlFileRow> rows;
    for (int i = first; i < first + count; ++i) {
      const std::string number = std::to_string(i);
      rows.push_back({.url = host_->url("/picture/" + number + ".jpg"), .caption = "picture " + number});
    }
    return rows;
  }

  DownloadSummary run(const std::string& out, const DownloadOptions& options) const {
    return download_images({input_}, path(out), options, quiet, {});
  }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<PictureHost> host_;
  fs::path input_;
};

DARKROOM_TEST(DownloadImagesTest);
#include "download_images_test.moc"
