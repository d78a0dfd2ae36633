// SPDX-License-Identifier: Apache-2.0
#include "core/hub/file_download.h"

#include <sys/resource.h>

#include <QTemporaryDir>
#include <csignal>

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

constexpr size_t file_size = 600000;

// One file, its hub and a folder for it.
struct FileScene {
  FakeHub hub;
  QTemporaryDir folder;
  std::string content = noise(file_size);
  WantedFile wanted;
  RetryPolicy policy = impatient;
  std::vector<uint64_t> positions;

  FileScene() {
    hub.add_large("model.bin", content);
    wanted = {resolve_file_url(hub.url(), {RepositoryKind::model, hub.repository}, FakeHub::commit, "model.bin"),
              folder.filePath("model.bin").toStdString(), content.size(),
              PublishedHash{DigestKind::sha256, digest_of(DigestKind::sha256, content)}};
  }

  FetchedFile fetch(const CancelToken& cancel = CancelToken()) {
    const HubAccess access{hub.url(), "", ""};
    const HubRepository repository{RepositoryKind::model, hub.repository};
    const std::string revision = FakeHub::commit;
    HttpClient client({.endpoint = hub.url(), .stall_timeout_s = 1}, cancel);
    return download_file(
        client, wanted, {access, repository, revision, "model.bin"}, policy, [this](uint64_t at) { positions.push_back(at); }, cancel);
  }

  /// Leaves the first bytes as an earlier session would have.
  void leave_part(uint64_t bytes, const std::string& entity_tag = "\"storage-1\"") {
    PartFile part(wanted.destination);
    part.start({wanted.hash->text(), file_size, entity_tag});
    part.append(std::as_bytes(std::span(content.data(), bytes)));
  }

  bool is_whole() const {
    return fs::exists(wanted.destination) && read_file(wanted.destination) == content && !fs::exists(part_path(wanted.destination)) &&
           !fs::exists(part_description_path(wanted.destination));
  }
  uint64_t last_range() const { return hub.storage_requests().back().range_start().value_or(0); }
};

}  // namespace

class FileDownloadTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { qputenv("NO_PROXY", "127.0.0.1"); }

  void aWholeFileComesAndIsChecked() {
    FileScene scene;
    const FetchedFile fetched = scene.fetch();
    QVERIFY(scene.is_whole());
    QVERIFY(fetched.is_verified);
    QCOMPARE(fetched.downloaded, uint64_t{file_size});
    QCOMPARE(scene.positions.front(), uint64_t{0});
    QCOMPARE(scene.positions.back(), uint64_t{file_size});
  }

  void everyBreakIsContinuedAtTheByte() {
    // Edges, primes, powers of two; each session breaks there, the next goes on from exactly there.
    for (const uint64_t at :
         {0, 1, 2, 3, 4095, 4096, 4097, 16384, 65535, 65536, 65537, 99991, 262143, 262144, 299993, 524288, 599998, 599999}) {
      FileScene scene;
      scene.policy.tries = 1;
      scene.hub.faults.break_after = at;
      scene.hub.faults.answers = 1;
      QVERIFY(says(thrown_by([&] { scene.fetch(); }), ErrorCode::io, "The same command goes on from there."));
      QCOMPARE(fs::file_size(part_path(scene.wanted.destination)), at);
      scene.hub.faults = {};
      const FetchedFile fetched = scene.fetch();
      QVERIFY2(scene.is_whole(), qPrintable(QString::number(at)));
      QCOMPARE(fetched.resumed_at, at);
      QCOMPARE(scene.last_range(), at);
      QCOMPARE(fetched.downloaded, file_size - at);
    }
  }

  void aLineThatBreaksAgainAndAgainIsOutlasted() {
    FileScene scene;
    scene.hub.faults.break_after = 7001;
    const FetchedFile fetched = scene.fetch();
    QVERIFY(scene.is_whole());
    QCOMPARE(fetched.downloaded, uint64_t{file_size});  // not a byte twice
    QCOMPARE(scene.hub.storage_requests().size(), file_size / 7001 + 1);
  }

  void allBytesThereAreOnlyChecked() {
    FileScene scene;
    scene.leave_part(file_size);
    QCOMPARE(scene.fetch().downloaded, uint64_t{0});
    QVERIFY(scene.is_whole());
    QVERIFY(scene.hub.hub_requests().empty());
  }

  void aChangedTagStartsAnew() {
    FileScene scene;
    scene.leave_part(100000, "\"storage-0\"");
    const FetchedFile fetched = scene.fetch();
    QVERIFY(scene.is_whole());
    QCOMPARE(scene.hub.storage_requests().back().header("if-range").value(), std::string("\"storage-0\""));
    QCOMPARE(fetched.resumed_at, uint64_t{0});
    QCOMPARE(fetched.downloaded, uint64_t{file_size});
  }

  void aTagThatChangesUnderARangeStartsAnew() {
    // The server does not know If-Range: it answers 206 of other content.
    const std::string content = noise(file_size);
    const HttpServer server([&content](const ServedRequest& request, Connection& connection) {
      const uint64_t first = request.range_start().value_or(0);
      std::vector<std::pair<std::string, std::string>> headers{{"ETag", "\"new\""}};
      if (first > 0) {
        headers.emplace_back("Content-Range", "bytes " + std::to_string(first) + "-599999/600000");
      }
      connection.answer(first > 0 ? 206 : 200, std::string_view(content).substr(first), headers);
    });
    FileScene scene;
    scene.leave_part(100000, "\"old\"");
    scene.hub.faults = {};
    scene.wanted.url = server.url() + "/model.bin";
    QCOMPARE(scene.fetch().downloaded, uint64_t{file_size});
    QVERIFY(scene.is_whole());
    QCOMPARE(server.requests().size(), size_t{2});
  }

  void otherContentOfTheSameNameStartsAnew() {
    FileScene scene;
    {
      PartFile part(scene.wanted.destination);
      part.start({"sha256 " + std::string(64, 'a'), file_size, "\"storage-1\""});
      part.append(std::as_bytes(std::span(scene.content.data(), 1000)));
    }
    QCOMPARE(scene.fetch().resumed_at, uint64_t{0});
    QVERIFY(scene.is_whole());
    QVERIFY(!scene.hub.storage_requests().back().range_start());
  }

  void aServerThatIgnoresRangesStartsAnew() {
    FileScene scene;
    scene.leave_part(100000);
    scene.hub.faults.ignore_range = true;
    const FetchedFile fetched = scene.fetch();
    QVERIFY(scene.is_whole());
    QCOMPARE(scene.last_range(), uint64_t{100000});
    QCOMPARE(fetched.resumed_at, uint64_t{0});
    QCOMPARE(fetched.downloaded, uint64_t{file_size});
  }

  void aServerThatIgnoresRangesAndBreaksIsGivenUp() {
    FileScene scene;
    scene.hub.faults.ignore_range = true;
    scene.hub.faults.break_after = 50000;
    QVERIFY(says(thrown_by([&] { scene.fetch(); }), ErrorCode::io, "given up at 50000 of 600000 bytes"));
    QCOMPARE(scene.hub.storage_requests().size(), static_cast<size_t>(impatient.tries) + 1);
  }

  void aWrongRangeIsNotTaken() {
    const std::string content = noise(file_size);
    const HttpServer server([&content](const ServedRequest& request, Connection& connection) {
      if (request.range_start()) {
        return connection.answer(206, std::string_view(content).substr(7), {{"Content-Range", "bytes 7-599999/600000"}});
      }
      connection.answer(200, content);
    });
    FileScene scene;
    scene.leave_part(100000, "");
    scene.wanted.url = server.url() + "/model.bin";
    QCOMPARE(scene.fetch().downloaded, uint64_t{file_size});
    QVERIFY(scene.is_whole());
  }

  void lengthsAreNotBelieved() {
    // Fewer bytes than there are: the rest is asked for. More: the line breaks when there are no more, and the file is whole.
    for (const int64_t lie : {-1, -1000, -599999, 1, 1000, 1000000000}) {
      FileScene scene;
      scene.hub.faults.length_lie = lie;
      scene.fetch();
      QVERIFY2(scene.is_whole(), qPrintable(QString::number(lie)));
    }
  }

  void aServerThatPromisesMoreIsNotWaitedFor() {
    FileScene scene;
    const std::string content = scene.content;
    std::atomic<bool> ends = false;
    const HttpServer server([&](const ServedRequest&, Connection& connection) {
      connection.head(200, {{"Content-Length", std::to_string(file_size + 10)}});
      connection.send(content);
      while (!ends) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      connection.break_off();
    });
    scene.wanted.url = server.url() + "/model.bin";
    QElapsedTimer timer;
    timer.start();
    scene.fetch();
    ends = true;
    QVERIFY(scene.is_whole());
    QVERIFY2(timer.elapsed() < 900, qPrintable(QString::number(timer.elapsed())));
  }

  void aBodyThatDoesNotEndIsCutAtTheSize() {
    FileScene scene;
    const std::string content = scene.content;
    const HttpServer server([&content](const ServedRequest&, Connection& connection) {
      connection.head(200, {});
      connection.send(content);
      while (connection.send(std::string(65536, 'x'))) {
      }
    });
    scene.wanted.url = server.url() + "/model.bin";
    scene.fetch();
    QVERIFY(scene.is_whole());
  }

  void chunkedBodiesAreWhole() {
    FileScene scene;
    const std::string content = scene.content;
    const HttpServer server([&content](const ServedRequest&, Connection& connection) {
      connection.head(200, {{"Transfer-Encoding", "chunked"}});
      for (size_t at = 0; at < content.size(); at += 1000) {
        connection.send("3e8\r\n" + content.substr(at, 1000) + "\r\n");
      }
      connection.send("0\r\n\r\n");
    });
    scene.wanted.url = server.url() + "/model.bin";
    scene.fetch();
    QVERIFY(scene.is_whole());
  }

  void wrongContentIsFetchedOnceMoreThenDeletedAndSaid() {
    FileScene scene;
    scene.hub.faults.wrong_bytes = noise(file_size, 2);
    const Error error = thrown_by([&] { scene.fetch(); });
    QVERIFY(says(error, ErrorCode::io, "instead of sha256 " + scene.wanted.hash->hex));
    QVERIFY(says(error, ErrorCode::io, "Twice; deleted."));
    QCOMPARE(scene.hub.storage_requests().size(), size_t{2});
    QVERIFY(!fs::exists(scene.wanted.destination));
    QVERIFY(!fs::exists(part_path(scene.wanted.destination)));
  }

  void aPartThatIsSpoiltIsFetchedAnew() {
    FileScene scene;
    {
      const std::string spoilt = noise(1000, 3);
      PartFile part(scene.wanted.destination);
      part.start({scene.wanted.hash->text(), file_size, "\"storage-1\""});
      part.append(std::as_bytes(std::span(spoilt)));
    }
    const FetchedFile fetched = scene.fetch();
    QVERIFY(scene.is_whole());
    QCOMPARE(fetched.downloaded, uint64_t{file_size - 1000 + file_size});
  }

  void aPageInTheFilesPlaceIsCalledOne() {
    FileScene scene;
    const std::string page = "<html>" + std::string(file_size - 6, ' ');
    scene.hub.faults.wrong_bytes = page;
    QVERIFY(says(thrown_by([&] { scene.fetch(); }), ErrorCode::io, "web page"));
  }

  void troubleThatPassesIsOutlasted() {
    FileScene scene;
    const std::string content = scene.content;
    std::atomic<int> count = 0;
    const HttpServer server([&](const ServedRequest&, Connection& connection) {
      constexpr std::array statuses{503, 500, 429};
      const int i = count++;
      return i < 3 ? connection.answer(statuses[static_cast<size_t>(i)], "<h1>busy</h1>") : connection.answer(200, content);
    });
    scene.wanted.url = server.url() + "/model.bin";
    scene.fetch();
    QVERIFY(scene.is_whole());
    QCOMPARE(count.load(), 4);
  }

  void askedForPatienceIsGiven() {
    FileScene scene;
    const std::string content = scene.content;
    std::atomic<int> count = 0;
    const HttpServer server([&](const ServedRequest&, Connection& connection) {
      return count++ == 0 ? connection.answer(429, "", {{"Retry-After", "1"}}) : connection.answer(200, content);
    });
    scene.wanted.url = server.url() + "/model.bin";
    QElapsedTimer timer;
    timer.start();
    scene.fetch();
    QVERIFY(scene.is_whole());
    QVERIFY2(timer.elapsed() >= 1000, qPrintable(QString::number(timer.elapsed())));
  }

  void tooMuchPatienceIsNotGiven() {
    FileScene scene;
    const HttpServer server([](const ServedRequest&, Connection& connection) { connection.answer(503, "", {{"Retry-After", "86400"}}); });
    scene.wanted.url = server.url() + "/model.bin";
    QVERIFY(says(thrown_by([&] { scene.fetch(); }), ErrorCode::io, "answered 503"));
    QCOMPARE(server.requests().size(), size_t{1});
  }

  void whatDoesNotPassIsAskedOnce() {
    FileScene scene;
    scene.wanted.url += "x";
    QVERIFY(says(thrown_by([&] { scene.fetch(); }), ErrorCode::not_found, "has no file 'model.bin'"));
    QCOMPARE(scene.hub.hub_requests().size(), size_t{1});
  }

  void anAddressThatRanOutIsAskedForAgain() {
    FileScene scene;
    const std::string content = scene.content;
    std::atomic<int> count = 0;
    const HttpServer storage([&](const ServedRequest&, Connection& connection) {
      return count++ == 0 ? connection.answer(403, "<Error>Request has expired</Error>") : connection.answer(200, content);
    });
    const HttpServer hub([&storage](const ServedRequest&, Connection& connection) {
      connection.answer(302, "", {{"Location", storage.url() + "/blob?signature=1"}});
    });
    scene.wanted.url = hub.url() + "/model.bin";
    scene.fetch();
    QVERIFY(scene.is_whole());
    QCOMPARE(hub.requests().size(), size_t{2});
  }

  void aStallIsBrokenAndContinued() {
    FileScene scene;
    const std::string content = scene.content;
    std::atomic<int> count = 0;
    std::atomic<bool> ends = false;
    const HttpServer server([&](const ServedRequest& request, Connection& connection) {
      if (count++ > 0) {
        const uint64_t first = request.range_start().value_or(0);
        return connection.answer(206, std::string_view(content).substr(first),
                                 {{"Content-Range", "bytes " + std::to_string(first) + "-599999/600000"}});
      }
      connection.head(200, {{"Content-Length", std::to_string(file_size)}});
      connection.send(std::string_view(content).substr(0, 1234));
      while (!ends) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      connection.break_off();
    });
    scene.wanted.url = server.url() + "/model.bin";
    const FetchedFile fetched = scene.fetch();
    ends = true;
    QVERIFY(scene.is_whole());
    QCOMPARE(fetched.downloaded, uint64_t{file_size});
    QCOMPARE(server.requests().back().range_start().value(), uint64_t{1234});
  }

  void nobodyThereIsSaid() {
    FileScene scene;
    {
      const HttpServer gone([](const ServedRequest&, Connection&) {});
      scene.wanted.url = gone.url() + "/model.bin";
    }
    QVERIFY(says(thrown_by([&] { scene.fetch(); }), ErrorCode::io, "given up at 0 of 600000 bytes"));
  }

  void compressedBodiesAreNotTaken() {
    FileScene scene;
    const HttpServer server([](const ServedRequest&, Connection& connection) {
      connection.answer(200, "x", {{"Content-Encoding", "gzip"}});
    });
    scene.wanted.url = server.url() + "/model.bin";
    QVERIFY(says(thrown_by([&] { scene.fetch(); }), ErrorCode::io, "the server sent gzip although asked not to"));
    QCOMPARE(server.requests().front().header("accept-encoding").value(), std::string("identity"));
  }

  void aHubThatContradictsItsListingIsNotFollowed() {
    FileScene scene;
    scene.wanted.hash->hex = std::string(64, 'b');
    QVERIFY(says(thrown_by([&] { scene.fetch(); }), ErrorCode::io, "the repository is changing"));
    QVERIFY(!fs::exists(scene.wanted.destination));
  }

  void aHashThatOnlyTheAnswerNamesIsCheckedToo() {
    FileScene scene;
    scene.wanted.hash.reset();
    QVERIFY(scene.fetch().is_verified);
    QVERIFY(scene.is_whole());
    fs::remove(scene.wanted.destination);
    scene.hub.faults.wrong_bytes = noise(file_size, 2);
    QVERIFY(says(thrown_by([&] { scene.fetch(); }), ErrorCode::io, "Twice; deleted."));
  }

  void emptyFilesNeedNoRequest() {
    FileScene scene;
    scene.content.clear();
    scene.wanted.size = 0;
    scene.wanted.hash = PublishedHash{DigestKind::sha1, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"};
    QVERIFY(scene.fetch().is_verified);
    QVERIFY(scene.is_whole());
    QVERIFY(scene.hub.hub_requests().empty());
  }

  void cancelKeepsThePart() {
    FileScene scene;
    scene.hub.faults.bytes_per_s = 1000000;
    const CancelLater cancel{std::chrono::milliseconds(200)};
    QCOMPARE(thrown_by([&] { scene.fetch(cancel.token); }).code(), ErrorCode::cancelled);
    const uint64_t came = fs::file_size(part_path(scene.wanted.destination));
    QVERIFY(came > 0 && came < file_size);
    scene.hub.faults.bytes_per_s = 0;
    QCOMPARE(scene.fetch().resumed_at, came);
    QVERIFY(scene.is_whole());
  }

  void aFullDiskIsSaidAndWhatCameIsKept() {
    FileScene scene;
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{300000, before.rlim_max};
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &small), 0);
    const Error error = thrown_by([&] { scene.fetch(); });
    setrlimit(RLIMIT_FSIZE, &before);
    QVERIFY(says(error, ErrorCode::io, "model.bin.part: cannot write"));
    QCOMPARE(fs::file_size(part_path(scene.wanted.destination)), uintmax_t{300000});
    QCOMPARE(scene.fetch().resumed_at, uint64_t{300000});
    QVERIFY(scene.is_whole());
  }

  void aCopyIsCheckedToo() {
    FileScene scene;
    const std::string source = scene.folder.filePath("blob").toStdString();
    const PositionSink at = [](uint64_t) {};
    write_file_atomically(source, noise(file_size, 2));
    QVERIFY(!copy_file_verified(source, scene.wanted, at, CancelToken()));
    QVERIFY(!fs::exists(scene.wanted.destination) && !fs::exists(part_path(scene.wanted.destination)));
    write_file_atomically(source, scene.content);
    QVERIFY(copy_file_verified(source, scene.wanted, at, CancelToken()));
    QVERIFY(scene.is_whole());
    QVERIFY(is_already_there(scene.wanted, {}));
    write_file_atomically(scene.wanted.destination, noise(file_size, 2));
    QVERIFY(!is_already_there(scene.wanted, {}));
  }
};

DARKROOM_TEST(FileDownloadTest);
#include "file_download_test.moc"
