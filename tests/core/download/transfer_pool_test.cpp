// SPDX-License-Identifier: Apache-2.0
#include "core/download/transfer_pool.h"

#include <QElapsedTimer>
#include <atomic>
#include <thread>

#include "core/base/progress.h"
#include "tests/core/download/picture_host.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

TransferOptions local_transfer() {
  TransferOptions options;
  options.timeout_s = 20;
  options.retry = {.tries = 3, .first_delay_s = 0.01, .longest_delay_s = 0.02, .longest_wait_s = 1};
  options.addresses.private_networks = PrivateNetworks::allow;
  return options;
}

std::map<uint64_t, FetchedBody> fetch(TransferPool& pool, const std::vector<std::string>& urls) {
  for (size_t i = 0; i < urls.size(); ++i) {
    pool.add(i, urls[i]);
  }
  std::map<uint64_t, FetchedBody> all;
  while (pool.load() > 0) {
    for (FetchedBody& body : pool.work(50, 1000)) {
      const uint64_t id = body.id;
      all.emplace(id, std::move(body));
    }
  }
  return all;
}

std::string transfer_error(const std::string& url, const TransferOptions& options = local_transfer()) {
  TransferPool pool(options);
  const std::map<uint64_t, FetchedBody> all = fetch(pool, {url});
  return all.at(0).error;
}

}  // namespace

class TransferPoolTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { host_ = std::make_unique<PictureHost>(); }
  void cleanup() { host_.reset(); }

  void picturesComeWhole() {
    TransferPool pool(local_transfer());
    std::vector<std::string> urls;
    for (int i = 0; i < 200; ++i) {
      urls.push_back(host_->url("/picture/" + std::to_string(i) + ".jpg"));
    }
    const auto all = fetch(pool, urls);
    QCOMPARE(all.size(), size_t{200});
    uint64_t bytes = 0;
    for (const auto& [id, body] : all) {
      QCOMPARE(body.error, std::string());
      QCOMPARE(body.bytes, PictureHost::picture("/picture/" + std::to_string(id) + ".jpg"));
      bytes += body.bytes.size();
    }
    QCOMPARE(pool.downloaded_bytes(), bytes);
  }

  void aHostIsNotAskedForMoreThanItsShare() {
    TransferOptions options = local_transfer();
    options.connections_per_host = 3;
    TransferPool pool(options);
    std::vector<std::string> urls;
    for (int i = 0; i < 30; ++i) {
      urls.push_back(host_->url("/slow/20/" + std::to_string(i) + ".jpg"));
    }
    for (const auto& [id, body] : fetch(pool, urls)) {
      QCOMPARE(body.error, std::string());
    }
    QVERIFY(host_->most_at_once() > 1 && host_->most_at_once() <= 3);
  }

  void failuresHaveTheirWords_data() {
    QTest::addColumn<QString>("words");
    QTest::newRow("/dead/1") << "HTTP Error 404: Not Found";
    QTest::newRow("/gone/1") << "HTTP Error 410: Gone";
    QTest::newRow("/teapot/1") << "HTTP Error 418: I'm a Teapot";
    QTest::newRow("/broken/1.jpg") << "the line broke before the end";
    QTest::newRow("/huge/1.jpg") << "larger than 33554432 bytes";
    QTest::newRow("/endless/1.jpg") << "larger than 33554432 bytes";
    QTest::newRow("/noai/1.jpg") << "Use of image disallowed by X-Robots-Tag directive";
    QTest::newRow("/hang/1.jpg") << "timed out";
    QTest::newRow("/stall/1.jpg") << "timed out";
    QTest::newRow("/round") << "too many redirects";
    QTest::newRow("/to?ftp://127.0.0.1/x") << "no http(s) answer";
    QTest::newRow("/to?file:///etc/passwd") << "no http(s) answer";
    QTest::newRow("/busy/9/1.jpg") << "HTTP Error 503: Service Unavailable";
  }
  void failuresHaveTheirWords() {
    QFETCH(const QString, words);
    TransferOptions options = local_transfer();
    options.retry.tries = 1;
    options.timeout_s = words == "timed out" ? 1 : options.timeout_s;
    QCOMPARE(QString::fromStdString(transfer_error(host_->url(QTest::currentDataTag()), options)), words);
  }

  void whatIsNoUrlOfTheWebIsNotFetched() {
    for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "nonsense", "", "http://", "javascript:1"}) {
      QCOMPARE(transfer_error(url), std::string("not a http(s) URL"));
    }
  }

  void closedPortsAndUnknownNamesAreTold() {
    QCOMPARE(transfer_error("http://127.0.0.1:1/x"), std::string("cannot connect"));
    TransferOptions options = local_transfer();
    options.retry.tries = 1;
    options.timeout_s = 20;
    QCOMPARE(transfer_error("http://no-such-host.invalid/x", options), std::string("the name is not known"));
  }

  void redirectsAreFollowedToAnotherHost() {
    TransferPool pool(local_transfer());
    const std::string port = host_->url().substr(host_->url().rfind(':'));
    const auto all = fetch(pool, {host_->url("/to?http://localhost" + port + "/picture/5.jpg")});
    QCOMPARE(all.at(0).error, std::string());
    QCOMPARE(all.at(0).bytes, PictureHost::picture("/picture/5.jpg"));
  }

  void thisMachineIsNotReachedUnlessAllowed() {
    TransferOptions options = local_transfer();
    options.addresses = {};
    const std::string port = host_->url().substr(host_->url().rfind(':'));
    // By address, by name, by other spellings of the address.
    for (const std::string name : {"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"}) {
      QCOMPARE(transfer_error("http://" + name + port + "/picture/1.jpg", options), std::string("address not allowed: loopback"));
    }
    QCOMPARE(transfer_error("http://169.254.169.254/latest/meta-data", options), std::string("address not allowed: link-local"));
    QCOMPARE(transfer_error("http://10.0.0.1/", options), std::string("address not allowed: private"));
    QVERIFY(host_->requests().empty());
  }

  void aRedirectDoesNotOpenWhatIsClosed() {
    // 127.0.0.1 is allowed by name; the rest of the loopback network is not.
    TransferOptions options = local_transfer();
    options.addresses = {.private_networks = PrivateNetworks::refuse, .allowed = {parse_network("127.0.0.1")}};
    QCOMPARE(transfer_error(host_->url("/picture/1.jpg"), options), std::string());
    QCOMPARE(transfer_error(host_->url("/to?http://127.0.0.2:1/x"), options), std::string("address not allowed: loopback"));
    QCOMPARE(transfer_error(host_->url("/to?http://10.0.0.1/x"), options), std::string("address not allowed: private"));
    QCOMPARE(transfer_error(host_->url("/to?http://[::1]:1/x"), options), std::string("address not allowed: loopback"));
    QCOMPARE(transfer_error(host_->url("/to?http://169.254.169.254/x"), options), std::string("address not allowed: link-local"));
  }

  void whatMayPassIsTriedAgainAsOftenAsSaid() {
    QCOMPARE(transfer_error(host_->url("/busy/2/1.jpg")), std::string());
    QCOMPARE(host_->requests_of("/busy/2/"), size_t{3});
    QCOMPARE(transfer_error(host_->url("/dead/1")), std::string("HTTP Error 404: Not Found"));
    QCOMPARE(host_->requests_of("/dead/"), size_t{1});
    QCOMPARE(transfer_error(host_->url("/broken/1.jpg")), std::string("the line broke before the end"));
    QCOMPARE(host_->requests_of("/broken/"), size_t{3});
  }

  void aHostThatAsksForPatienceIsLeftAlone() {
    std::atomic<int> asked = 0;
    HttpServer server([&asked](const ServedRequest& request, Connection& connection) {
      const bool is_first = asked++ == 0;
      const std::string seconds = request.target == "/hour" ? "3600" : is_first ? "1" : "";
      seconds.empty() ? connection.answer(200, "x") : connection.answer(503, "later", {{"Retry-After", seconds}});
    });
    TransferOptions options = local_transfer();
    options.connections_per_host = 1;
    TransferPool pool(options);
    QElapsedTimer timer;
    timer.start();
    pool.add(0, server.url() + "/0");
    pool.add(1, server.url() + "/1");
    while (timer.elapsed() < 800) {
      QVERIFY(pool.work(20, 1000).empty());
    }
    QCOMPARE(asked.load(), 1);  // neither again, nor for the other picture
    size_t came = 0;
    while (pool.load() > 0) {
      for (const FetchedBody& body : pool.work(50, 1000)) {
        QCOMPARE(body.error, std::string());
        ++came;
      }
    }
    QCOMPARE(came, size_t{2});
    // One that asks for more than there is patience is not asked again.
    asked = 0;
    QCOMPARE(transfer_error(server.url() + "/hour", options), std::string("HTTP Error 503: Service Unavailable"));
    QCOMPARE(asked.load(), 1);
  }

  void directivesOfOthersAndSwitchedOffOnesDoNotForbid() {
    QCOMPARE(transfer_error(host_->url("/noother/1.jpg")), std::string());
    TransferOptions options = local_transfer();
    options.user_agent_token = "otherclient";
    QCOMPARE(transfer_error(host_->url("/noother/1.jpg"), options), std::string("Use of image disallowed by X-Robots-Tag directive"));
    options.disallowing_directives = {};
    QCOMPARE(transfer_error(host_->url("/noai/1.jpg"), options), std::string());
  }

  void slowHostsDoNotHoldUpOthers() {
    TransferOptions options = local_transfer();
    options.connections_per_host = 1;
    TransferPool pool(options);
    const std::string port = host_->url().substr(host_->url().rfind(':'));
    std::vector<std::string> urls{host_->url("/slow/4000/1.jpg")};
    for (int i = 0; i < 20; ++i) {
      urls.push_back("http://localhost" + port + "/picture/" + std::to_string(i) + ".jpg");
    }
    for (size_t i = 0; i < urls.size(); ++i) {
      pool.add(i, urls[i]);
    }
    std::vector<uint64_t> order;
    while (pool.load() > 0) {
      for (const FetchedBody& body : pool.work(50, 1000)) {
        order.push_back(body.id);
      }
    }
    QCOMPARE(order.back(), uint64_t{0});
  }

  void largeBodiesWaitForOneAnother() {
    // Bodies of 1.5 MB with room for one at a time; all of them come.
    HttpServer server([](const ServedRequest&, Connection& connection) { connection.answer(200, std::string(1'500'000, 'x')); });
    TransferOptions options = local_transfer();
    options.most_bytes = uint64_t{256} << 20;
    options.timeout_s = 20;
    TransferPool pool(options);
    for (uint64_t id = 0; id < 8; ++id) {
      pool.add(id, server.url() + "/" + std::to_string(id));
    }
    size_t done = 0;
    while (pool.load() > 0) {
      const std::vector<FetchedBody> bodies = pool.work(50, 1000);
      QVERIFY(bodies.size() <= 1);
      for (const FetchedBody& body : bodies) {
        QCOMPARE(body.error, std::string());
        QCOMPARE(body.bytes.size(), size_t{1'500'000});
        ++done;
        for (int i = 0; i < 3; ++i) {
          QVERIFY(pool.work(20, 1000).empty());  // while this one is held no other has room
        }
      }
    }
    QCOMPARE(done, size_t{8});
  }

  void aWaitCanBeEnded() {
    TransferOptions options = local_transfer();
    options.timeout_s = 30;
    TransferPool pool(options);
    pool.add(1, host_->url("/hang/1.jpg"));
    for (int i = 0; i < 10; ++i) {
      pool.work(10, 10);  // until the request is out
    }
    QElapsedTimer timer;
    timer.start();
    std::thread other([&pool] { pool.wake(); });
    pool.work(600, 10);
    other.join();
    QVERIFY(timer.elapsed() < 300);
  }

 private:
  std::unique_ptr<PictureHost> host_;
};

DARKROOM_TEST(TransferPoolTest);
#include "transfer_pool_test.moc"
