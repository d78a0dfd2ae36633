// SPDX-License-Identifier: Apache-2.0
#include "core/hub/http_answer.h"

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

HttpAnswer with(const std::string& name, const std::string& value) { return {200, "http://h/p", {{name, value}}}; }

}  // namespace

class HttpAnswerTest : public QObject {
  Q_OBJECT

 private slots:
  void nextPageIsFoundAmongOtherLinks() {
    QCOMPARE(next_page(with("link", "<https://h/a?cursor=x%2C1>; rel=\"next\"")).value(), std::string("https://h/a?cursor=x%2C1"));
    QCOMPARE(next_page(with("link", "<https://h/1>; rel=\"prev\", <https://h/3>; title=\"a\"; rel=next")).value(),
             std::string("https://h/3"));
    QVERIFY(!next_page(with("link", "<https://h/1>; rel=\"prev\"")));
    QVERIFY(!next_page(with("link", "https://h/1; rel=\"next\"")));
    QVERIFY(!next_page(with("link", "<https://h/1")));
    QVERIFY(!next_page(with("etag", "<https://h/1>; rel=\"next\"")));
  }

  void rangesAreReadAndNonsenseIsNone() {
    const ContentRange range = content_range(with("content-range", "bytes 5-9/10")).value();
    QCOMPARE(range.first, uint64_t{5});
    QCOMPARE(range.last, uint64_t{9});
    QCOMPARE(range.total.value(), uint64_t{10});
    QVERIFY(!content_range(with("content-range", "bytes 0-0/*"))->total);
    for (const char* bad : {"bytes */10", "bytes 9-5/10", "bytes 5-/10", "items 5-9/10", "bytes 5-9", "bytes -5-9/10", ""}) {
      QVERIFY2(!content_range(with("content-range", bad)), bad);
    }
  }

  void waitIsReadAsNumberAndAsDate() {
    const auto now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + std::chrono::hours(12);
    QCOMPARE(retry_after_s(with("retry-after", "120"), now).value(), 120.0);
    QCOMPARE(retry_after_s(with("retry-after", "Thu, 26 Nov 2026 12:01:30 GMT"), now).value(), 90.0);
    QCOMPARE(retry_after_s(with("retry-after", "Thu, 26 Nov 2026 11:00:00 GMT"), now).value(), 0.0);
    for (const char* bad : {"soon", "-5", "Thu, 31 Feb 2026 12:01:30 GMT", "Thu, 26 Nov 2026 12:01:30 CET", ""}) {
      QVERIFY2(!retry_after_s(with("retry-after", bad), now), bad);
    }
  }

  void tagsLoseQuotesAndWeakness() {
    QCOMPARE(entity_tag_value("\"abc\""), std::string("abc"));
    QCOMPARE(entity_tag_value("W/\"abc\""), std::string("abc"));
    QCOMPARE(entity_tag_value("abc"), std::string("abc"));
    QCOMPARE(entity_tag_value("\""), std::string("\""));
  }

  void signaturesAreNotShown() {
    QCOMPARE(shown_url("https://s3/x?X-Amz-Signature=secret"), std::string("https://s3/x"));
    QCOMPARE(std::string(url_origin("https://h:1/x/y")), std::string("https://h:1"));
  }
};

DARKROOM_TEST(HttpAnswerTest);
#include "http_answer_test.moc"
