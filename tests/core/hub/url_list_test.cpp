// SPDX-License-Identifier: Apache-2.0
#include "core/hub/url_list.h"

#include <QTemporaryDir>
#include <atomic>

#include "core/base/atomic_file.h"
#include "core/hub/part_file.h"
#include "tests/core/hub/fake_hub.h"
#include "tests/core/hub/http_server.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

const std::string content = noise(700'000, 3);

std::string list_error(const std::string& text) {
  return error_of([&] { parse_url_list(text, "list.txt"); });
}

// A plain file server: ranges, an ETag of 40 hex digits that is no hash of the content.
struct FileServer {
  uint64_t break_after = UINT64_MAX;
  bool knows_ranges = true;
  bool tells_length = true;
  bool dies = false;  ///< 503 to all that comes after a broken body
  std::atomic<bool> is_dead = false;
  std::string tag = "\"0123456789abcdef0123456789abcdef01234567\"";
  HttpServer server{[this](const ServedRequest& request, Connection& connection) { answer(request, connection); }};

  void answer(const ServedRequest& request, Connection& connection) {
    if (is_dead) {
      return connection.answer(503, "");
    }
    if (request.target == "/missing.bin") {
      return connection.answer(404, "no");
    }
    const std::string body = request.target == "/empty.bin" ? std::string() : content;
    std::string range = request.header("range").value_or("");
    const bool is_partial = knows_ranges && !range.empty() && request.header("if-range").value_or(tag) == tag;
    const uint64_t first = is_partial ? std::stoull(range.substr(6)) : 0;
    if (is_partial && first >= body.size()) {
      return connection.answer(416, "", {{"Content-Range", "bytes */" + std::to_string(body.size())}});
    }
    const uint64_t last = is_partial && range.back() != '-' ? std::stoull(range.substr(range.find('-') + 1)) : body.size() - 1;
    const std::string part = body.empty() ? body : body.substr(first, last - first + 1);
    std::vector<std::pair<std::string, std::string>> headers{{"ETag", tag}};
    if (tells_length) {
      headers.emplace_back("Content-Length", std::to_string(part.size()));
    } else {
      headers.emplace_back("Connection", "close");
    }
    if (is_partial) {
      headers.emplace_back("Content-Range",
                           "bytes " + std::to_string(first) + "-" + std::to_string(last) + "/" + std::to_string(body.size()));
    }
    connection.head(is_partial ? 206 : 200, headers);
    is_dead = dies && break_after < part.size();
    connection.send(part.substr(0, break_after));
    if (break_after < part.size() || !tells_length) {
      connection.break_off();
    }
  }
};

}  // namespace

class UrlListTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void aListIsRead() {
    const std::string hex(64, 'a');
    const std::vector<ListedUrl> listed = parse_url_list(
        "# metadata\n\nhttps://host.example/a/part-0.parquet?download=true\n  http://host.example/b sha256=" + hex + " as=sub/b.bin\r\n",
        "list.txt");
    QCOMPARE(listed.size(), size_t{2});
    QCOMPARE(listed[0].path, std::string("part-0.parquet"));
    QVERIFY(!listed[0].hash);
    QCOMPARE(listed[1].path, std::string("sub/b.bin"));
    QCOMPARE(listed[1].hash->hex, hex);
  }

  void aWrongLineIsNamed() {
    QVERIFY(list_error("https://a.example/x\nftp://a.example/y\n").find("list.txt, line 2: expected a URL") != std::string::npos);
    QVERIFY(list_error("https://a.example/x sha256=12").find("64 hex digits") != std::string::npos);
    QVERIFY(list_error("https://a.example/x sha256=" + std::string(40, 'a')).find("64 hex digits") != std::string::npos);
    QVERIFY(list_error("https://a.example/x name=y").find("as=PATH") != std::string::npos);
    QVERIFY(list_error("https://a.example/x as=../y").find("'../y'") != std::string::npos);
    QVERIFY(list_error("https://a.example/").find("as=PATH") != std::string::npos);
    QVERIFY(list_error("https://a.example/x\n\nhttps://b.example/x").find("lines 1 and 3") != std::string::npos);
    QVERIFY(list_error("# nothing\n").find("holds no URL") != std::string::npos);
  }

  void filesComeAndAreNotFetchedTwice() {
    FileServer files;
    const std::string list = files.server.url() + "/a.bin sha256=" + digest_of(DigestKind::sha256, content) + "\n" + files.server.url() +
                             "/b.bin\n" + files.server.url() + "/empty.bin\n";
    const UrlListSummary summary = fetch(list);
    QCOMPARE(summary.files, uint64_t{3});
    QCOMPARE(summary.bytes, uint64_t{2 * content.size()});
    QCOMPARE(summary.unverified_files, uint64_t{2});
    QVERIFY(read_file(path("a.bin")) == content && read_file(path("b.bin")) == content);
    QCOMPARE(fs::file_size(path("empty.bin")), uintmax_t{0});
    files.server.forget_requests();
    QCOMPARE(fetch(list).present_files, uint64_t{3});
    QVERIFY(files.server.requests().empty());
  }

  void aBrokenLineIsGoneOnWithAtTheByte() {
    FileServer files;
    files.break_after = 300'000;
    const UrlListSummary summary = fetch(files.server.url() + "/a.bin\n");
    QVERIFY(read_file(path("a.bin")) == content);
    QVERIFY(summary.downloaded_bytes < content.size() + 1000);
    bool continued = false;
    for (const ServedRequest& request : files.server.requests()) {
      continued = continued || request.range_start().value_or(0) == 300'000;
    }
    QVERIFY(continued);
  }

  void serversWithoutRangesServeToo() {
    FileServer files;
    files.knows_ranges = false;
    fetch(files.server.url() + "/a.bin\n");
    QVERIFY(read_file(path("a.bin")) == content);
  }

  void anotherContentIsNotAppendedToAnOldPart() {
    FileServer files;
    files.break_after = 300'000;
    files.dies = true;
    QVERIFY(!error_of([&] { fetch(files.server.url() + "/a.bin\n"); }).empty());
    QVERIFY(fs::exists(part_path(path("a.bin"))));
    files.dies = files.is_dead = false;
    files.break_after = UINT64_MAX;
    files.tag = "\"another\"";
    const UrlListSummary summary = fetch(files.server.url() + "/a.bin\n");
    QVERIFY(read_file(path("a.bin")) == content);
    QVERIFY(summary.downloaded_bytes >= content.size());
  }

  void whatCannotBeHadIsNamed() {
    FileServer files;
    QVERIFY(error_of([&] { fetch(files.server.url() + "/missing.bin\n"); }).find("/missing.bin: ") != std::string::npos);
    files.tells_length = false;
    files.knows_ranges = false;
    QVERIFY(error_of([&] { fetch(files.server.url() + "/a.bin\n"); }).find("does not say how long") != std::string::npos);
    files.tells_length = true;
    const std::string wrong = files.server.url() + "/a.bin sha256=" + std::string(64, 'b') + "\n";
    QVERIFY(error_of([&] { fetch(wrong); }).find("Twice; deleted.") != std::string::npos);
    QVERIFY(!fs::exists(path("a.bin")));
  }

 private:
  fs::path path(const std::string& name) const { return fs::path(folder_->path().toStdString()) / "out" / name; }

  UrlListSummary fetch(const std::string& list) const {
    UrlListRequest request;
    request.files = parse_url_list(list, "list.txt");
    request.out = path("").parent_path();
    request.retry = impatient;
    return download_url_list(request, {}, {});
  }

  std::unique_ptr<QTemporaryDir> folder_;
};

DARKROOM_TEST(UrlListTest);
#include "url_list_test.moc"
