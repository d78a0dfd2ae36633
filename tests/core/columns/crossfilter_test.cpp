// SPDX-License-Identifier: Apache-2.0
// RowFilter over the same files is the judge: random rules in random orders, changed step by step as a person would.
#include "core/columns/crossfilter.h"

#include <cmath>
#include <numeric>
#include <random>

#include "core/base/error.h"
#include "core/columns/column_data.h"
#include "core/pipeline/filter_metadata.h"
#include "core/pipeline/metadata_file.h"
#include "tests/core/columns/metadata_set.h"
#include "tests/quiet_progress.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::MetadataSet;
using darkroom::test::quiet;
using darkroom::test::Release;
using darkroom::test::Tables;

namespace {

/// A set, its store, and the same rows as RowFilter sees them.
class Set : public MetadataSet {
 public:
  explicit Set(const Tables& tables) : MetadataSet(tables), store(import()) {}

  std::vector<RowVerdict> judge(const FilterRules& rules, FilterCounts& counts) const {
    RowFilter filter(rules);
    std::vector<RowVerdict> all;
    std::vector<RowVerdict> verdicts;
    for (const std::filesystem::path& file : files) {
      const std::vector<MetadataColumn> needed = needed_columns(rules);
      MetadataReader reader(file, needed, MetadataRead::needed);
      while (reader.next()) {
        filter.apply(reader.batch(), verdicts);
        all.insert(all.end(), verdicts.begin(), verdicts.end());
      }
    }
    counts = filter.counts();
    return all;
  }

  std::shared_ptr<const ColumnStore> store;
};

std::vector<RowVerdict> all_verdicts(const Crossfilter& filter, uint64_t rows) {
  std::vector<uint64_t> list(rows);
  std::iota(list.begin(), list.end(), 0);
  return filter.verdicts(list);
}

/// Rules as people and files have them, at random.
class RuleDealer {
 public:
  RuleDealer(const ColumnStore& store, unsigned seed) : store_(&store), random_(seed) {}

  FilterRule rule() {
    const StoredColumn& column = store_->columns()[below(store_->columns().size())];
    const bool computed = metadata_column(column.column).aliases.empty();
    const NullVerdict nulls = below(3) == 0 ? NullVerdict::keep : NullVerdict::drop;
    if (!computed && below(5) == 0) {
      return UniqueRule{.column = column.column, .nulls = nulls, .enabled = below(8) != 0};
    }
    ColumnRule rule{.column = column.column, .nulls = nulls, .enabled = below(8) != 0};
    if (column.numbers) {
      bounds(rule, column);
    }
    if (!column.numbers || (column.column == MetadataColumn::nsfw && below(2) == 0)) {
      texts(rule, column);
    }
    return rule;
  }

  FilterRules rules(size_t count) {
    FilterRules rules;
    for (size_t i = 0; i < count; ++i) {
      rules.rules.push_back(rule());
    }
    return rules;
  }

  /// A few steps further from `rules`: a bound moved, a rule switched, added, taken away or put elsewhere.
  FilterRules next(FilterRules rules) {
    if (rules.rules.empty() || below(5) == 0) {
      rules.rules.insert(rules.rules.begin() + static_cast<std::ptrdiff_t>(below(rules.rules.size() + 1)), rule());
      return rules;
    }
    const size_t at = below(rules.rules.size());
    switch (below(4)) {
      case 0:
        rules.rules.erase(rules.rules.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 1:
        std::visit([](auto& any) { any.enabled = !any.enabled; }, rules.rules[at]);
        break;
      case 2:
        std::swap(rules.rules[at], rules.rules[below(rules.rules.size())]);
        break;
      default:
        if (auto* const column = std::get_if<ColumnRule>(&rules.rules[at]); column != nullptr && store_->find(column->column)->numbers) {
          column->min = column->max = column->above = column->below = std::nullopt;
          bounds(*column, *store_->find(column->column));
        }
    }
    return rules;
  }

  size_t below(size_t end) { return random_() % end; }

 private:
  // A value of the column, most often: thresholds that rows lie on are where mistakes are.
  double value(const StoredColumn& column) {
    const double number = store_->number(column.column, below(store_->rows()));
    return std::isfinite(number) && below(4) != 0
               ? number
               : column.view_low + (column.view_high - column.view_low) * static_cast<double>(below(1000)) / 1000;
  }

  void bounds(ColumnRule& rule, const StoredColumn& column) {
    switch (below(6)) {
      case 0:
        rule.min = value(column);
        break;
      case 1:
        rule.max = value(column);
        break;
      case 2:
        rule.above = value(column);
        break;
      case 3:
        rule.below = value(column);
        break;
      case 4: {
        const double a = value(column);
        const double b = value(column);
        rule.min = std::min(a, b);
        rule.max = std::max(a, b);
        break;
      }
      default:
        rule.above = value(column) - 1e-9;
        rule.max = 1e9;
    }
  }

  void texts(ColumnRule& rule, const StoredColumn& column) {
    switch (below(3)) {
      case 0:
        rule.pattern = std::array{"cat|dog", "^A", "[0-9]", "unlike", "e$"}[below(5)];
        break;
      case 1:
        rule.not_pattern = std::array{"poster", "1", "example/7", "uns"}[below(4)];
        break;
      default:
        rule.words = {"UNLIKELY", "En", "logo", "17"};
        if (!column.dictionary.empty()) {
          rule.words.push_back(column.dictionary[below(column.dictionary.size())]);
        }
    }
  }

  const ColumnStore* store_;
  std::mt19937_64 random_;
};

void scan_pending(Crossfilter& filter, const ColumnStore& store) {
  while (!filter.result().pending.empty()) {
    const auto& rule = std::get<ColumnRule>(filter.rules().rules[filter.result().pending.front()]);
    filter.add(scan_texts(store, rule, 2, quiet, {}));
  }
}

/// Histograms counted row by row.
std::vector<uint64_t> counted(const ColumnStore& store, const Histogram& histogram, const std::vector<bool>& chosen) {
  std::vector<uint64_t> bins(histogram.all.size());
  const double scale = static_cast<double>(bins.size()) / (histogram.high - histogram.low);
  for (uint64_t row = 0; row < store.rows(); ++row) {
    const double value = store.number(histogram.column, row);
    if (chosen[row] && value >= histogram.low && value <= histogram.high) {
      ++bins[std::min(bins.size() - 1, static_cast<size_t>((value - histogram.low) * scale))];
    }
  }
  return bins;
}

const Tables laion{{.release = Release::laion, .rows = 5000, .rows_per_group = 1700, .seed = 11},
                   {.release = Release::laion, .rows = 2333, .rows_per_group = 90, .seed = 12}};

}  // namespace

class CrossfilterTest : public QObject {
  Q_OBJECT
  using C = MetadataColumn;

  static std::vector<bool> kept_by(const Set& set, FilterRules rules) {
    FilterCounts counts;
    const std::vector<RowVerdict> verdicts = set.judge(rules, counts);
    std::vector<bool> kept(verdicts.size());
    std::transform(verdicts.begin(), verdicts.end(), kept.begin(), [](RowVerdict verdict) { return verdict == verdict_kept; });
    return kept;
  }

 private slots:
  void verdictsAndCountsAreThoseOfRowFilter_data() {
    QTest::addColumn<int>("release");
    QTest::newRow("laion") << static_cast<int>(Release::laion);
    QTest::newRow("base") << static_cast<int>(Release::base);
    QTest::newRow("coyo") << static_cast<int>(Release::coyo);
    QTest::newRow("mixed nsfw") << static_cast<int>(Release::mixed_nsfw);
  }

  void verdictsAndCountsAreThoseOfRowFilter() {
    QFETCH(const int, release);
    const Set set(Tables{{.release = static_cast<Release>(release), .rows = 3000, .rows_per_group = 1100, .seed = 21},
                         {.release = static_cast<Release>(release), .rows = 1234, .rows_per_group = 100, .seed = 22}});
    RuleDealer dealer(*set.store, static_cast<unsigned>(100 + release));
    Crossfilter filter(set.store, {.threads = 2});
    FilterRules rules;
    for (int round = 0; round < 150; ++round) {
      rules = round % 10 == 0 ? dealer.rules(1 + dealer.below(7)) : dealer.next(rules);
      filter.set_rules(rules);
      scan_pending(filter, *set.store);
      FilterCounts counts;
      const std::vector<RowVerdict> expected = set.judge(rules, counts);
      const std::string text = to_json(rules).dump();
      QVERIFY2(filter.result().counts == counts, text.c_str());
      QVERIFY2(all_verdicts(filter, set.store->rows()) == expected, text.c_str());
    }
  }

  void overridesAreThoseOfRowFilter() {
    const Set set(Tables{{.release = Release::coyo, .rows = 3000, .seed = 31}});
    const MetadataColumn columns[] = {C::url, C::key};
    FilterRules rules{.rules = {ColumnRule{.column = C::aesthetic, .min = 5}, UniqueRule{.column = C::url}}, .keep = {}, .drop = {}};
    for (uint64_t row = 0; row < 60; ++row) {
      const uint64_t rows[] = {row * 49};
      const RowTexts texts = set.store->fetch_texts(rows, columns)[0];
      if (const std::optional<std::string>& name = texts[row % 2]) {
        (row % 3 == 0 ? rules.keep : rules.drop).push_back(*name);
      }
    }
    rules.drop.push_back("https://nowhere.example/");
    Crossfilter filter(set.store);
    filter.set_rules(rules);
    FilterCounts counts;
    const std::vector<RowVerdict> expected = set.judge(rules, counts);
    QVERIFY(counts.kept_by_hand > 0 && counts.dropped_by_hand > 0);
    QVERIFY(filter.result().counts == counts);
    QVERIFY(all_verdicts(filter, set.store->rows()) == expected);
    const RowSet kept = filter.rows(RowView::kept);
    QCOMPARE(kept.size(), counts.kept);
    QCOMPARE(filter.rows(RowView::dropped).size(), counts.rows - counts.kept);
    for (uint64_t row = 0; row < set.store->rows(); ++row) {
      QCOMPARE(kept.contains(row), is_kept(expected[row]));
    }
  }

  void onlyCountsWhatARuleDropsWhileAllOthersKeep() {
    const Set set(laion);
    const FilterRules rules{.rules = {ColumnRule{.column = C::aesthetic, .min = 5}, ColumnRule{.column = C::width, .min = 512},
                                      ColumnRule{.column = C::similarity, .min = 0.3}, ColumnRule{.column = C::watermark, .below = 0.5}},
                            .keep = {},
                            .drop = {}};
    Crossfilter filter(set.store);
    filter.set_rules(rules);
    const std::vector<bool> kept = kept_by(set, rules);
    for (size_t rule = 0; rule < rules.rules.size(); ++rule) {
      FilterRules without = rules;
      std::get<ColumnRule>(without.rules[rule]).enabled = false;
      const std::vector<bool> more = kept_by(set, without);
      uint64_t expected = 0;
      const RowSet view = filter.rows(RowView::dropped_only_by, rule);
      for (size_t row = 0; row < kept.size(); ++row) {
        const bool only = more[row] && !kept[row];
        expected += only ? 1 : 0;
        QCOMPARE(view.contains(row), only);
      }
      QVERIFY(expected > 0);
      QCOMPARE(filter.result().only[rule], expected);
      QCOMPARE(filter.rows(RowView::dropped_by, rule).size(), filter.result().counts.rules[rule].in_order);
    }
  }

  void histogramsFollowEveryStep() {
    const Set set(laion);
    RuleDealer dealer(*set.store, 5);
    Crossfilter filter(set.store, {.threads = 2, .bins = 128});
    FilterRules rules = source_run_rules();
    for (int round = 0; round < 60; ++round) {
      if (round > 0) {
        rules = dealer.next(rules);
        // "Once" looks at what came so far: without a column's rules it would see other rows.
        std::erase_if(rules.rules, [](const FilterRule& rule) { return std::holds_alternative<UniqueRule>(rule); });
      } else {
        rules.rules.pop_back();
      }
      if (round % 7 == 3) {
        filter.set_histogram_rows(round % 2 == 0 ? HistogramRows::kept : HistogramRows::others);
      }
      const HistogramRows mode = round >= 3 && ((round - 3) / 7 * 7 + 3) % 2 == 0 ? HistogramRows::kept : HistogramRows::others;
      filter.set_rules(rules);
      scan_pending(filter, *set.store);
      for (const Histogram& histogram : filter.result().histograms) {
        FilterRules others = rules;
        for (FilterRule& rule : others.rules) {
          if (mode == HistogramRows::others && column_of(rule) == histogram.column) {
            std::visit([](auto& any) { any.enabled = false; }, rule);
          }
        }
        const std::vector<bool> chosen = kept_by(set, others);
        QCOMPARE(histogram.chosen, counted(*set.store, histogram, chosen));
        const uint64_t inside = std::accumulate(histogram.chosen.begin(), histogram.chosen.end(), uint64_t{0});
        QCOMPARE(inside + histogram.chosen_below + histogram.chosen_above + histogram.chosen_empty,
                 static_cast<uint64_t>(std::count(chosen.begin(), chosen.end(), true)));
      }
    }
  }

  void aViewCanBeZoomed() {
    const Set set(laion);
    Crossfilter filter(set.store, {.threads = 1, .bins = 50});
    filter.set_rules({.rules = {ColumnRule{.column = C::aesthetic, .min = 5}}, .keep = {}, .drop = {}});
    filter.set_view(C::similarity, 0.28, 0.31);
    const std::vector<bool> every(set.store->rows(), true);
    bool found = false;
    for (const Histogram& histogram : filter.result().histograms) {
      QCOMPARE(histogram.all.size(), size_t{50});
      QCOMPARE(histogram.all, counted(*set.store, histogram, every));
      if (histogram.column == C::similarity) {
        found = true;
        QCOMPARE(histogram.low, 0.28);
        QCOMPARE(histogram.chosen, counted(*set.store, histogram, kept_by(set, filter.rules())));
      }
    }
    QVERIFY(found);
    QVERIFY_EXCEPTION_THROWN(filter.set_view(C::similarity, 1, 1), std::invalid_argument);
  }

  void theEdgeIsTheNearestRowsOnBothSides() {
    const Set set(laion);
    const FilterRules rules{
        .rules = {ColumnRule{.column = C::aesthetic, .min = 5}, ColumnRule{.column = C::width, .min = 512, .max = 1024}},
        .keep = {},
        .drop = {}};
    Crossfilter filter(set.store, {.threads = 2});
    filter.set_rules(rules);
    for (const size_t rule : {size_t{0}, size_t{1}}) {
      const auto& column = std::get<ColumnRule>(rules.rules[rule]);
      FilterRules others = rules;
      std::get<ColumnRule>(others.rules[rule]).enabled = false;
      const std::vector<bool> chosen = kept_by(set, others);
      std::vector<std::pair<double, uint64_t>> passing;
      std::vector<std::pair<double, uint64_t>> failing;
      for (uint64_t row = 0; row < chosen.size(); ++row) {
        const double value = set.store->number(column.column, row);
        if (!chosen[row] || std::isnan(value)) {
          continue;
        }
        const double distance = std::min(std::fabs(value - *column.min), column.max ? std::fabs(value - *column.max) : 1e300);
        (ValueRange::of(column).holds(value) ? passing : failing).emplace_back(distance, row);
      }
      std::sort(passing.begin(), passing.end());
      std::sort(failing.begin(), failing.end());
      for (const size_t limit : {size_t{7}, size_t{300}, size_t{100'000}}) {
        const EdgeRows edge = filter.edge(rule, limit);
        QCOMPARE(edge.passing.size(), std::min(limit, passing.size()));
        QCOMPARE(edge.failing.size(), std::min(limit, failing.size()));
        for (size_t i = 0; i < edge.passing.size(); ++i) {
          QCOMPARE(edge.passing[i].row, passing[i].second);
          QCOMPARE(edge.passing[i].value, set.store->number(column.column, passing[i].second));
        }
        for (size_t i = 0; i < edge.failing.size(); ++i) {
          QCOMPARE(edge.failing[i].row, failing[i].second);
        }
      }
    }
  }

  void aRuleThatNeedsTextsKeepsEverythingUntilTheyWereScanned() {
    const Set set(laion);
    const ColumnRule cats{.column = C::caption, .pattern = "cat"};
    Crossfilter filter(set.store);
    filter.set_rules({.rules = {cats}, .keep = {}, .drop = {}});
    QCOMPARE(filter.result().pending, std::vector<size_t>{0});
    QCOMPARE(filter.result().counts.kept, set.store->rows());
    filter.add(scan_texts(*set.store, cats, 1, quiet, {}));
    QVERIFY(filter.result().pending.empty());
    FilterCounts counts;
    set.judge({.rules = {cats}, .keep = {}, .drop = {}}, counts);
    QVERIFY(counts.kept < counts.rows / 2 && counts.kept > 0);
    QCOMPARE(filter.result().counts.kept, counts.kept);
  }

  void everyRuleThatNeedsTextsIsAnsweredHoweverManyThereAre() {
    const Set set(Tables{{.release = Release::laion, .rows = 400, .seed = 13}});
    FilterRules rules;
    for (int i = 0; i < 20; ++i) {
      rules.rules.emplace_back(ColumnRule{.column = C::caption, .not_pattern = std::to_string(i) + "$"});
    }
    Crossfilter filter(set.store);
    filter.set_rules(rules);
    for (const FilterRule& rule : rules.rules) {
      filter.add(scan_texts(*set.store, std::get<ColumnRule>(rule), 1, quiet, {}));
    }
    QVERIFY(filter.result().pending.empty());
    FilterCounts counts;
    set.judge(rules, counts);
    QVERIFY(counts.kept > 0 && counts.kept < counts.rows);
    QVERIFY(filter.result().counts == counts);
  }

  void countingByTheColumnsIsCountingByTheFiles() {
    const Set set(Tables{{.release = Release::base, .rows = 900, .seed = 41}, {.release = Release::base, .rows = 300, .seed = 42}});
    FilterRules rules{.rules = {ColumnRule{.column = C::aesthetic, .min = 5}, ColumnRule{.column = C::caption, .pattern = "cat|dog"},
                                UniqueRule{.column = C::url}},
                      .keep = {},
                      .drop = {}};
    const uint64_t rows[] = {5};
    const MetadataColumn columns[] = {C::url};
    rules.keep.push_back(set.store->fetch_texts(rows, columns)[0][0].value());
    const FilterSummary expected = filter_metadata(set.files, rules, std::nullopt, quiet, {});
    QVERIFY(expected.counts.kept > 0 && expected.counts.kept < expected.counts.rows);
    QVERIFY(count_metadata(set.files, rules, set.cache(), quiet, {}).counts == expected.counts);
    QVERIFY(count_metadata(set.files, rules, set.root() / "another", quiet, {}).counts == expected.counts);
    QVERIFY(std::filesystem::exists(ColumnStore::cache_folder(set.root() / "another", set.files)));
  }

  void rulesThatCannotBeAppliedLeaveTheOldOnesInForce() {
    const Set set(Tables{{.release = Release::laion, .rows = 300}, {.release = Release::base, .rows = 300}});
    Crossfilter filter(set.store);
    const FilterRules good{.rules = {ColumnRule{.column = C::aesthetic, .min = 5}}, .keep = {}, .drop = {}};
    filter.set_rules(good);
    const uint64_t kept = filter.result().counts.kept;
    const auto refused = [&](FilterRule rule, const char* why) {
      try {
        filter.set_rules({.rules = {std::move(rule)}, .keep = {}, .drop = {}});
      } catch (const Error& error) {
        return error.code() == ErrorCode::bad_input && std::string(error.what()).find(why) != std::string::npos && filter.rules() == good &&
               filter.result().counts.kept == kept;
      }
      return false;
    };
    QVERIFY(refused(ColumnRule{.column = C::language, .words = {"en"}}, "part-1.parquet: has no column language"));
    QVERIFY(refused(ColumnRule{.column = C::caption, .pattern = "("}, "is no pattern"));
    QVERIFY(refused(ColumnRule{.column = C::phash, .words = {"1"}}, "has no column phash"));
    QVERIFY(refused(UniqueRule{.column = C::aspect}, "computed"));
    filter.set_rules({.rules = {ColumnRule{.column = C::language, .words = {"en"}, .enabled = false}}, .keep = {}, .drop = {}});
    QCOMPARE(filter.result().counts.kept, set.store->rows());
  }

  void countingAloneNeedsNoHistograms() {
    const Set set(laion);
    Crossfilter filter(set.store, {.threads = 2, .bins = 0});
    filter.set_rules(source_run_rules());
    FilterCounts counts;
    set.judge(source_run_rules(), counts);
    QVERIFY(filter.result().counts == counts);
    QVERIFY(filter.result().histograms.empty());
  }
};

DARKROOM_TEST(CrossfilterTest);
#include "crossfilter_test.moc"
