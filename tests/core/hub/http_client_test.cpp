// SPDX-License-Identifier: Apache-2.0
#include "core/hub/http_client.h"

#include "tests/core/hub/cancel_later.h"
#include "tests/core/hub/http_server.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using darkroom::test::CancelLater;
using darkroom::test::Connection;
using darkroom::test::HttpServer;
using darkroom::test::says;
using darkroom::test::ServedRequest;
using darkroom::test::thrown_by;

namespace {

struct Got {
  HttpResult result;
  std::string body;
};

Got get(HttpClient& client, const std::string& url) {
  Got got;
  got.result = client.get({url, {}}, [&got](const std::vector<HttpAnswer>&) {
    return [&got](std::span<const std::byte> bytes) {
      got.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return true;
    };
  });
  return got;
}

Got get_from(const HttpServer& server, const std::string& path = "/") {
  HttpClient client({.endpoint = server.url(), .stall_timeout_s = 1}, CancelToken());
  return get(client, server.url() + path);
}

}  // namespace

class HttpClientTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { qputenv("NO_PROXY", "127.0.0.1"); }

  void tokenGoesToTheHubAndNotToTheHostThatItSendsTo() {
    const HttpServer storage([](const ServedRequest&, Connection& connection) { connection.answer(200, "bytes"); });
    const HttpServer hub([&storage](const ServedRequest&, Connection& connection) {
      connection.answer(302, "", {{"Location", storage.url() + "/blob"}, {"X-Linked-Etag", "\"abc\""}});
    });
    HttpClient client({.endpoint = hub.url(), .token = "hf_secret"}, CancelToken());
    QVERIFY(client.sends_token());
    const Got got = get(client, hub.url() + "/file");
    QCOMPARE(got.body, std::string("bytes"));
    QCOMPARE(got.result.hops.size(), size_t{2});
    QCOMPARE(got.result.hops[0].header("x-linked-etag").value(), std::string("\"abc\""));
    QCOMPARE(hub.requests().at(0).header("authorization").value(), std::string("Bearer hf_secret"));
    QVERIFY(!storage.requests().at(0).header("authorization"));
  }

  void tokenIsSentToTheHubAgainAfterARedirectWithinIt() {
    const HttpServer hub([](const ServedRequest& request, Connection& connection) {
      if (request.target == "/old/name") {
        return connection.answer(307, "moved", {{"Location", "/new/name"}});
      }
      connection.answer(200, request.target);
    });
    HttpClient client({.endpoint = hub.url(), .token = "hf_secret"}, CancelToken());
    QCOMPARE(get(client, hub.url() + "/old/name").body, std::string("/new/name"));
    QVERIFY(hub.requests().at(1).header("authorization").has_value());
  }

  void cookiesAreNotKept() {
    const HttpServer server([](const ServedRequest&, Connection& connection) { connection.answer(200, "", {{"Set-Cookie", "id=1"}}); });
    HttpClient client({.endpoint = server.url()}, CancelToken());
    get(client, server.url() + "/1");
    get(client, server.url() + "/2");
    QCOMPARE(server.requests().size(), size_t{2});
    QVERIFY(!server.requests()[1].header("cookie"));
  }

  void chunksAreJoined() {
    const HttpServer server([](const ServedRequest&, Connection& connection) {
      connection.head(200, {{"Transfer-Encoding", "chunked"}});
      connection.send("3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
    });
    const Got got = get_from(server);
    QCOMPARE(got.body, std::string("abcdefg"));
    QVERIFY(!got.result.broken);
  }

  void abrokenLineIsSaidAndWhatCameIsKept_data() {
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("half a head") << QByteArray("HTTP/1.1 200 OK\r\nContent-Le");
    QTest::newRow("half a body") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    QTest::newRow("half a chunk") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc");
  }
  void abrokenLineIsSaidAndWhatCameIsKept() {
    QFETCH(QByteArray, answer);
    const HttpServer server([&answer](const ServedRequest&, Connection& connection) {
      connection.send(std::string_view(answer.data(), static_cast<size_t>(answer.size())));
      connection.break_off();
    });
    const Got got = get_from(server);
    QVERIFY(got.result.broken && !got.result.broken->empty());
    QCOMPARE(got.body, std::string(answer.endsWith("abc") ? "abc" : ""));
  }

  void headThatNeverEndsIsGivenUp() {
    std::atomic<bool> ends = false;
    const HttpServer server([&ends](const ServedRequest&, Connection& connection) {
      connection.send("HTTP/1.1 200 OK\r\n");
      for (int i = 0; i < 100 && !ends && connection.send("X-Slow: 1\r\n"); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
      connection.break_off();
    });
    QElapsedTimer timer;
    timer.start();
    const Got got = get_from(server);
    ends = true;
    QVERIFY(got.result.broken.has_value());
    QVERIFY2(timer.elapsed() < 6000, qPrintable(QString::number(timer.elapsed())));
  }

  void endlessHeadersAreRefused() {
    const HttpServer server([](const ServedRequest&, Connection& connection) {
      connection.send("HTTP/1.1 200 OK\r\n");
      for (int i = 0; i < 100 && connection.send("X-Long: " + std::string(8000, 'x') + "\r\n"); ++i) {
      }
      connection.break_off();
    });
    QVERIFY(says(thrown_by([&] { get_from(server); }), ErrorCode::io, "KiB of headers"));
  }

  void redirectsInACircleEnd() {
    const HttpServer server([](const ServedRequest& request, Connection& connection) {
      connection.answer(302, "", {{"Location", request.target + "x"}});
    });
    QVERIFY(says(thrown_by([&] { get_from(server); }), ErrorCode::io, "more than 5 redirects"));
    QCOMPARE(server.requests().size(), size_t{6});
  }

  void redirectsLeadToTheWebOnly_data() {
    QTest::addColumn<QString>("target");
    for (const char* target : {"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:1/x", "http://"}) {
      QTest::newRow(target) << target;
    }
  }
  void redirectsLeadToTheWebOnly() {
    QFETCH(QString, target);
    const HttpServer server([&target](const ServedRequest&, Connection& connection) {
      connection.answer(302, "", {{"Location", target.toStdString()}});
    });
    QVERIFY(says(thrown_by([&] { get_from(server); }), ErrorCode::io, "not a http(s) URL"));
  }

  void anEncryptedHubDoesNotSendToPlainHttp() {
    const HttpServer plain([](const ServedRequest&, Connection& connection) { connection.answer(200, "x"); });
    HttpClient client({.endpoint = "https://hub.example"}, CancelToken());
    QVERIFY(says(thrown_by([&] { get(client, plain.url() + "/x"); }), ErrorCode::io, "not encrypted"));
    QVERIFY(plain.requests().empty());
  }

  void tokenIsNotSentOverPlainHttpToAnotherMachine() {
    const HttpClient client({.endpoint = "http://hub.example", .token = "hf_secret"}, CancelToken());
    QVERIFY(!client.sends_token());
  }

  void aSinkThatHasEnoughEndsTheTransfer() {
    const HttpServer server([](const ServedRequest&, Connection& connection) {
      connection.head(200, {{"Content-Length", "1000000000"}});
      while (connection.send(std::string(1 << 16, 'x'))) {
      }
    });
    HttpClient client({.endpoint = server.url()}, CancelToken());
    size_t seen = 0;
    const HttpResult result = client.get({server.url(), {}}, [&seen](const std::vector<HttpAnswer>&) {
      return [&seen](std::span<const std::byte> bytes) {
        seen += bytes.size();
        return seen < 100000;
      };
    });
    QVERIFY(!result.broken);
    QVERIFY(seen < 2000000);
  }

  void cancelEndsAStalledTransferSoon() {
    std::atomic<bool> ends = false;
    const HttpServer server([&ends](const ServedRequest&, Connection& connection) {
      connection.head(200, {{"Content-Length", "100"}});
      while (!ends) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
      connection.break_off();
    });
    const CancelLater cancel{std::chrono::milliseconds(100)};
    HttpClient client({.endpoint = server.url()}, cancel.token);
    QElapsedTimer timer;
    timer.start();
    const Error error = thrown_by([&] { get(client, server.url()); });
    ends = true;
    QCOMPARE(error.code(), ErrorCode::cancelled);
    QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
  }

  void exceptionsOfASinkComeThrough() {
    const HttpServer server([](const ServedRequest&, Connection& connection) { connection.answer(200, "x"); });
    HttpClient client({.endpoint = server.url()}, CancelToken());
    const Error error = thrown_by([&] {
      client.get({server.url(), {}}, [](const std::vector<HttpAnswer>&) -> BodySink {
        return [](std::span<const std::byte>) -> bool { throw Error(ErrorCode::io, "disk full"); };
      });
    });
    QVERIFY(says(error, ErrorCode::io, "disk full"));
  }
};

DARKROOM_TEST(HttpClientTest);
#include "http_client_test.moc"
