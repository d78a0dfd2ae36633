// SPDX-License-Identifier: Apache-2.0
#include "core/filter/filter_rules.h"

#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

std::vector<Problem> problems_of(const char* text) {
  std::vector<Problem> problems;
  parse_filter_rules(Json::parse(text), problems);
  return problems;
}

}  // namespace

class FilterRulesTest : public QObject {
  Q_OBJECT

 private slots:
  void everyRuleComesBackAsItWasWritten() {
    FilterRules rules = source_run_rules();
    rules.rules.emplace_back(ColumnRule{.column = MetadataColumn::caption,
                                        .pattern = "cat|dog",
                                        .not_pattern = "stock photo",
                                        .nulls = NullVerdict::keep,
                                        .enabled = false});
    rules.rules.emplace_back(UniqueRule{.column = MetadataColumn::phash, .nulls = NullVerdict::keep});
    rules.keep = {"https://a.example/1.jpg"};
    rules.drop = {"17"};
    std::vector<Problem> problems;
    const FilterRules again = parse_filter_rules(to_json(rules), problems);
    QVERIFY2(problems.empty(), problems.empty() ? "" : problems.front().message.c_str());
    QVERIFY(again == rules);
  }

  void theExampleOfTheInterfaceIsRead() {
    std::vector<Problem> problems;
    const FilterRules rules = parse_filter_rules(
        Json::parse(
            "{\"darkroom_rules\": 1, \"rules\": [{\"column\": \"aesthetic\", \"min\": 6.5}, {\"column\": \"watermark\", \"below\": 0.5},"
            "{\"column\": \"nsfw\", \"below\": 0.2, \"words\": [\"UNLIKELY\"]}, {\"unique\": \"url\"}],"
            "\"overrides\": {\"keep\": [], \"drop\": []}}"),
        problems);
    QVERIFY(problems.empty());
    QCOMPARE(rules.rules.size(), size_t{4});
    QCOMPARE(describe(rules.rules[2]), std::string("nsfw < 0.2 or is UNLIKELY"));
    QCOMPARE(describe(rules.rules[3]), std::string("url only once"));
  }

  void problemsNameTheirPlace_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("pointer");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const char* rule, const char* pointer, const char* says) {
      QTest::newRow(name) << QByteArray("{\"darkroom_rules\": 1, \"rules\": [") + rule + "]}" << QByteArray(pointer) << QByteArray(says);
    };
    row("a column that is none", "{\"column\": \"asthetic\", \"min\": 1}", "/rules/0/column", "aesthetic");
    row("no bound", "{\"column\": \"aesthetic\"}", "/rules/0/column", "no bound");
    row("a bound of text", "{\"column\": \"url\", \"min\": 1}", "/rules/0/column", "holds text");
    row("words of a number", "{\"column\": \"width\", \"words\": [\"big\"]}", "/rules/0/column", "holds numbers");
    row("an empty range", "{\"column\": \"width\", \"min\": 9, \"max\": 1}", "/rules/0/min", "nothing would be kept");
    row("a pattern that is none", "{\"column\": \"caption\", \"pattern\": \"(\"}", "/rules/0/pattern", "is no pattern");
    row("an unknown member", "{\"column\": \"width\", \"min\": 1, \"mx\": 2}", "/rules/0/mx", "max");
    row("a verdict that is none", "{\"column\": \"width\", \"min\": 1, \"nulls\": \"maybe\"}", "/rules/0/nulls", "drop");
  }
  void problemsNameTheirPlace() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, pointer);
    QFETCH(QByteArray, says);
    const std::vector<Problem> problems = problems_of(text.constData());
    QVERIFY(!problems.empty());
    QCOMPARE(problems.front().pointer, pointer.toStdString());
    QVERIFY2(problems.front().message.find(says.toStdString()) != std::string::npos, problems.front().message.c_str());
  }

  void anotherVersionIsRefused() { QVERIFY(!problems_of("{\"darkroom_rules\": 2, \"rules\": []}").empty()); }

  void columnsAreFoundUnderEveryReleasesNames() {
    const std::vector<std::string> improved{"URL",     "TEXT",       "WIDTH",           "HEIGHT", "similarity",
                                            "punsafe", "pwatermark", "AESTHETIC_SCORE", "hash"};
    QCOMPARE(find_metadata_columns(MetadataColumn::aesthetic, improved), std::vector<size_t>{7});
    QCOMPARE(find_metadata_columns(MetadataColumn::url, improved), std::vector<size_t>{0});
    QCOMPARE(find_metadata_columns(MetadataColumn::caption, improved), std::vector<size_t>{1});
    const std::vector<std::string> coyo{"id", "url", "text", "clip_similarity_vitb32", "clip_similarity_vitl14"};
    QCOMPARE(find_metadata_columns(MetadataColumn::similarity, coyo), (std::vector<size_t>{4, 3}));
    const std::vector<std::string> both{"NSFW", "punsafe"};
    QCOMPARE(find_metadata_columns(MetadataColumn::nsfw, both), (std::vector<size_t>{1, 0}));
    QVERIFY(find_metadata_columns(MetadataColumn::watermark, coyo).empty());
  }
};
DARKROOM_TEST(FilterRulesTest);
#include "filter_rules_test.moc"
