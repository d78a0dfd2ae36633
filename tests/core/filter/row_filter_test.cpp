// SPDX-License-Identifier: Apache-2.0
#include "core/filter/row_filter.h"

#include <array>
#include <cstring>
#include <limits>

#include "core/base/error.h"
#include "core/filter/seen_values.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

constexpr double empty = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view null_text;

/// A batch that owns its columns.
struct Table {
  std::map<MetadataColumn, std::vector<double>> numbers;
  std::map<MetadataColumn, std::vector<std::string_view>> texts;

  FilterBatch batch(uint64_t rows) const {
    FilterBatch batch;
    batch.rows = rows;
    for (const auto& [column, values] : numbers) {
      batch.columns[column].numbers = values;
    }
    for (const auto& [column, values] : texts) {
      batch.columns[column].texts = values;
    }
    return batch;
  }
};

std::vector<RowVerdict> verdicts_of(const FilterRules& rules, const Table& table, uint64_t rows, FilterCounts* counts = nullptr) {
  RowFilter filter(rules);
  std::vector<RowVerdict> verdicts;
  filter.apply(table.batch(rows), verdicts);
  if (counts != nullptr) {
    *counts = filter.counts();
  }
  return verdicts;
}

FilterRules one(FilterRule rule) { return {.rules = {std::move(rule)}, .keep = {}, .drop = {}}; }

}  // namespace

class RowFilterTest : public QObject {
  Q_OBJECT
  using C = MetadataColumn;

 private slots:
  void minAndMaxHoldTheirEndsAboveAndBelowDoNot() {
    const Table table{.numbers = {{C::aesthetic, {1, 2, 3, 4}}}, .texts = {}};
    QCOMPARE(verdicts_of(one(ColumnRule{.column = C::aesthetic, .min = 2, .max = 3}), table, 4), (std::vector<RowVerdict>{0, -1, -1, 0}));
    QCOMPARE(verdicts_of(one(ColumnRule{.column = C::aesthetic, .above = 2, .below = 4}), table, 4),
             (std::vector<RowVerdict>{0, 0, -1, 0}));
  }

  void emptyValuesFollowTheRulesVerdict() {
    const Table table{.numbers = {{C::similarity, {empty, 0.5}}}, .texts = {}};
    QCOMPARE(verdicts_of(one(ColumnRule{.column = C::similarity, .min = 0.3}), table, 2), (std::vector<RowVerdict>{0, -1}));
    QCOMPARE(verdicts_of(one(ColumnRule{.column = C::similarity, .min = 0.3, .nulls = NullVerdict::keep}), table, 2),
             (std::vector<RowVerdict>{-1, -1}));
  }

  void aScoreDecidesBeforeAWord() {
    const Table table{.numbers = {{C::nsfw, {0.1, 0.9, empty, empty, empty}}},
                      .texts = {{C::nsfw, {"NSFW", "UNLIKELY", "unlikely", "UNSURE", null_text}}}};
    const FilterRules rules = one(ColumnRule{.column = C::nsfw, .below = 0.2, .words = {"UNLIKELY"}});
    QCOMPARE(verdicts_of(rules, table, 5), (std::vector<RowVerdict>{-1, 0, -1, 0, 0}));
  }

  void aspectAndCaptionLengthAreComputed() {
    const Table table{.numbers = {{C::width, {100, 100, 100}}, {C::height, {100, 0, 300}}}, .texts = {{C::caption, {"äöü", "abcd", "ab"}}}};
    QCOMPARE(verdicts_of(one(ColumnRule{.column = C::aspect, .min = 0.5, .max = 2}), table, 3), (std::vector<RowVerdict>{-1, 0, 0}));
    QCOMPARE(verdicts_of(one(ColumnRule{.column = C::caption_chars, .min = 3, .max = 3}), table, 3), (std::vector<RowVerdict>{-1, 0, 0}));
  }

  void patternsMatchWithoutCaseAndInUnicode() {
    const Table table{.numbers = {}, .texts = {{C::caption, {"A CAT", "a dog", "Über den Wolken", null_text}}}};
    QCOMPARE(verdicts_of(one(ColumnRule{.column = C::caption, .pattern = "\\bcat\\b|über"}), table, 4),
             (std::vector<RowVerdict>{-1, 0, -1, 0}));
    QCOMPARE(verdicts_of(one(ColumnRule{.column = C::caption, .not_pattern = "dog"}), table, 4), (std::vector<RowVerdict>{-1, 0, -1, 0}));
  }

  void aPatternThatNeverEndsIsNoMatch() {
    const std::string text(3000, 'a');
    const Table table{.numbers = {}, .texts = {{C::caption, {text}}}};
    QCOMPARE(verdicts_of(one(ColumnRule{.column = C::caption, .pattern = "(a+)+$b"}), table, 1), (std::vector<RowVerdict>{0}));
  }

  void theFirstOfEachValueIsKeptOverAllBatches() {
    const Table table{.numbers = {}, .texts = {{C::url, {"a", "b", "a", null_text}}}};
    RowFilter filter(one(UniqueRule{.column = C::url}));
    std::vector<RowVerdict> verdicts;
    filter.apply(table.batch(4), verdicts);
    QCOMPARE(verdicts, (std::vector<RowVerdict>{-1, -1, 0, 0}));
    filter.apply(table.batch(4), verdicts);
    QCOMPARE(verdicts, (std::vector<RowVerdict>{0, 0, 0, 0}));
    QCOMPARE(filter.counts().kept, uint64_t{2});
  }

  void aRowThatWasDroppedDoesNotTakeItsValuesPlace() {
    const Table table{.numbers = {{C::aesthetic, {1, 9}}}, .texts = {{C::url, {"a", "a"}}}};
    FilterRules rules;
    rules.rules = {ColumnRule{.column = C::aesthetic, .min = 5}, UniqueRule{.column = C::url}};
    FilterCounts counts;
    QCOMPARE(verdicts_of(rules, table, 2, &counts), (std::vector<RowVerdict>{0, -1}));
    QCOMPARE(counts.rules[1], (FilterCounts::Rule{.alone = 1, .in_order = 0}));
  }

  void countsAreByRuleAloneAndInOrder() {
    const Table table{.numbers = {{C::aesthetic, {1, 1, 9, 9}}, {C::similarity, {0, 1, 0, 1}}}, .texts = {}};
    FilterRules rules;
    rules.rules = {ColumnRule{.column = C::aesthetic, .min = 5}, ColumnRule{.column = C::width, .min = 5, .enabled = false},
                   ColumnRule{.column = C::similarity, .min = 0.5}};
    FilterCounts counts;
    QCOMPARE(verdicts_of(rules, table, 4, &counts), (std::vector<RowVerdict>{0, 0, 2, -1}));
    QCOMPARE(counts.rows, uint64_t{4});
    QCOMPARE(counts.kept, uint64_t{1});
    QCOMPARE(counts.rules[0], (FilterCounts::Rule{.alone = 2, .in_order = 2}));
    QCOMPARE(counts.rules[1], FilterCounts::Rule{});
    QCOMPARE(counts.rules[2], (FilterCounts::Rule{.alone = 2, .in_order = 1}));
  }

  void verdictsByHandStandAboveRules() {
    const Table table{.numbers = {{C::aesthetic, {1, 9, 1}}}, .texts = {{C::url, {"a", "b", "c"}}, {C::key, {"1", "2", "3"}}}};
    FilterRules rules = one(ColumnRule{.column = C::aesthetic, .min = 5});
    rules.keep = {"a"};
    rules.drop = {"2"};
    FilterCounts counts;
    QCOMPARE(verdicts_of(rules, table, 3, &counts), (std::vector<RowVerdict>{verdict_kept_by_hand, verdict_dropped_by_hand, 0}));
    QCOMPARE(counts.kept, uint64_t{1});
    QCOMPARE(counts.kept_by_hand, uint64_t{1});
    QCOMPARE(counts.dropped_by_hand, uint64_t{1});
  }

  void aMissingColumnIsABrokenContract() {
    const Table table{.numbers = {{C::width, {1}}}, .texts = {}};
    QVERIFY_EXCEPTION_THROWN(verdicts_of(one(ColumnRule{.column = C::aesthetic, .min = 5}), table, 1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(verdicts_of(one(ColumnRule{.column = C::aspect, .min = 5}), table, 1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(verdicts_of(one(ColumnRule{.column = C::width, .min = 5}), table, 2), std::invalid_argument);
  }

  void neededColumnsAreThoseOfRulesThatAreOn() {
    FilterRules rules = source_run_rules();
    std::get<ColumnRule>(rules.rules[0]).enabled = false;
    const std::vector<MetadataColumn> needed = needed_columns(rules);
    QVERIFY(std::find(needed.begin(), needed.end(), C::aesthetic) == needed.end());
    QVERIFY(std::find(needed.begin(), needed.end(), C::caption) != needed.end());
    QVERIFY(std::find(needed.begin(), needed.end(), C::aspect) == needed.end());
  }

  void aMillionValuesAreTold() {
    SeenValues seen;
    std::array<char, 8> value{};
    for (int round = 0; round < 2; ++round) {
      for (uint64_t i = 0; i < 1'000'000; ++i) {
        std::memcpy(value.data(), &i, value.size());
        QCOMPARE(seen.add({value.data(), value.size()}), round == 0);
      }
    }
    QCOMPARE(seen.size(), uint64_t{1'000'000});
  }
};
DARKROOM_TEST(RowFilterTest);
#include "row_filter_test.moc"
