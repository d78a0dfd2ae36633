// SPDX-License-Identifier: Apache-2.0
#include "core/hub/hub_listing.h"

#include "tests/core/hub/fake_hub.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

HubListing list(const std::string& endpoint, const std::string& repository = "artist/model", const std::string& revision = "main",
                const std::string& token = {}) {
  const HubAccess access{endpoint, token, token.empty() ? "" : "HF_TOKEN"};
  HttpClient client({.endpoint = endpoint, .token = token}, CancelToken());
  return list_repository(client, access, parse_repository(repository), revision, impatient, CancelToken());
}

// A hub whose listing is the given text.
struct ListingOf {
  HttpServer server;
  explicit ListingOf(const std::string& entries)
      : server([entries](const ServedRequest& request, Connection& connection) {
          connection.answer(200, request.target.find("/revision/") != std::string::npos ? json_text("{'sha':'c0'}") : entries);
        }) {}
  Error error() const {
    return thrown_by([this] { list(server.url()); });
  }
};

}  // namespace

class HubListingTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { qputenv("NO_PROXY", "127.0.0.1"); }

  void filesComeFromAllPagesWithSizeAndHash() {
    FakeHub hub;
    hub.page_size = 3;
    for (int i = 0; i < 8; ++i) {
      hub.add_small("f" + std::to_string(i) + ".txt", "hello\n");
    }
    hub.add_large("unet/model.safetensors", "abc");
    const HubListing listing = list(hub.url());
    QCOMPARE(listing.commit, std::string(FakeHub::commit));
    QCOMPARE(listing.files.size(), size_t{9});
    QCOMPARE(listing.files[0].path, std::string("f0.txt"));
    QCOMPARE(listing.files[0].size, uint64_t{6});
    QCOMPARE(listing.files[0].hash->text(), std::string("git blob ce013625030ba8dba906f756967f9e9ca394464a"));
    QCOMPARE(listing.files[8].hash->text(), std::string("sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QCOMPARE(hub.hub_requests().size(), size_t{4});  // the revision, three pages
  }

  void datasetsHaveAddressesOfTheirOwn() {
    FakeHub hub;
    hub.kind = "datasets";
    hub.add_small("data.csv", "a,b\n");
    QCOMPARE(list(hub.url(), "datasets/artist/model").files.size(), size_t{1});
  }

  void pathsThatLeaveTheFolderStopEverything() {
    for (const char* path : {"../../etc/passwd", "/etc/passwd", "a/../../b", "..\\\\x", "a\\u0000b"}) {
      const ListingOf hub((json_text("[{'type':'file','path':'")) + path + json_text("','size':1,'oid':'x'}]"));
      QVERIFY2(says(hub.error(), ErrorCode::protocol, "nothing was written"), path);
    }
  }

  void whatIsNoListingIsSaid() {
    QVERIFY(says(ListingOf("<html>log in</html>").error(), ErrorCode::bad_input, "not valid JSON"));
    QVERIFY(says(ListingOf(json_text("{'error':'x'}")).error(), ErrorCode::protocol, "expected a list of files"));
    QVERIFY(says(ListingOf(json_text("[{'type':'file','path':'a'}]")).error(), ErrorCode::protocol, "'a' has no usable size"));
    QVERIFY(says(ListingOf(json_text("[{'type':'file','path':'a','size':-1}]")).error(), ErrorCode::protocol, "'a' has no usable size"));
    QVERIFY(says(ListingOf(json_text("[{'type':'file','path':'a','size':18446744073709551615}]")).error(), ErrorCode::protocol,
                 "no usable size"));
    QVERIFY(says(ListingOf(json_text("[{'type':'file','path':'a','size':1},{'type':'file','path':'a','size':1}]")).error(),
                 ErrorCode::protocol, "twice"));
  }

  void licenceOfTheCardIsKnownWithoutTheCard() {
    FakeHub hub;
    hub.card_data = json_text("{'license':'other','license_name':'my-own'}");
    hub.add_small("a", "a");
    QCOMPARE(list(hub.url()).license.text(), std::string("other: my-own"));
  }

  void eachRefusalSaysWhatToDo() {
    FakeHub hub;
    hub.add_small("a", "a");
    QVERIFY(says(thrown_by([&] { list(hub.url(), "artist/model", "v9"); }), ErrorCode::not_found, "has no revision 'v9'"));
    QVERIFY(says(thrown_by([&] { list(hub.url(), "nobody/nothing"); }), ErrorCode::not_found, "there is no such model"));
    QVERIFY(says(thrown_by([&] { list(hub.url(), "nobody/nothing"); }), ErrorCode::not_found, "datasets/nobody/nothing"));
    hub.wanted_token = "hf_right";
    QVERIFY(says(thrown_by([&] { list(hub.url()); }), ErrorCode::bad_input, "set HF_TOKEN"));
    QVERIFY(says(thrown_by([&] { list(hub.url(), "artist/model", "main", "hf_wrong"); }), ErrorCode::bad_input,
                 "does not accept the token from HF_TOKEN"));
    QCOMPARE(list(hub.url(), "artist/model", "main", "hf_right").files.size(), size_t{1});
    hub.is_gated = true;
    const Error gated = thrown_by([&] { list(hub.url(), "artist/model", "main", "hf_right"); });
    QVERIFY(says(gated, ErrorCode::bad_input, "Accept the terms at " + hub.url() + "/artist/model"));
    QVERIFY(says(gated, ErrorCode::bad_input, "Access to model artist/model is restricted."));
    QVERIFY(std::string(gated.what()).find("hf_right") == std::string::npos);
  }

  void refusalsAreNotTriedAgainAndTroubleIs() {
    std::atomic<int> status = 404;
    std::atomic<int> count = 0;
    const HttpServer server([&](const ServedRequest& request, Connection& connection) {
      if (++count > 2 && status == 503) {
        return connection.answer(200, request.target.find("/revision/") != std::string::npos ? json_text("{'sha':'c0'}") : "[]");
      }
      connection.answer(status, "");
    });
    QCOMPARE(thrown_by([&] { list(server.url()); }).code(), ErrorCode::not_found);
    QCOMPARE(count.load(), 1);
    count = 0;
    status = 503;
    QCOMPARE(list(server.url()).commit, std::string("c0"));
    count = -100;
    QVERIFY(says(thrown_by([&] { list(server.url()); }), ErrorCode::io, "given up after 4 tries: the hub answered 503"));
  }

  void tokenDoesNotFollowAPageToAnotherHost() {
    const HttpServer other([](const ServedRequest&, Connection& connection) { connection.answer(200, "[]"); });
    const HttpServer hub([&other](const ServedRequest& request, Connection& connection) {
      if (request.target.find("/revision/") != std::string::npos) {
        return connection.answer(200, json_text("{'sha':'c0'}"));
      }
      connection.answer(200, "[]", {{"Link", "<" + other.url() + "/more>; rel=\"next\""}});
    });
    list(hub.url(), "artist/model", "main", "hf_secret");
    QVERIFY(hub.requests().at(1).header("authorization").has_value());
    QCOMPARE(other.requests().size(), size_t{1});
    QVERIFY(!other.requests()[0].header("authorization"));
  }
};

DARKROOM_TEST(HubListingTest);
#include "hub_listing_test.moc"
