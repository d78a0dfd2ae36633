// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/filter_rows.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "app/viewmodels/format.h"
#include "app/viewmodels/utf8_text.h"

namespace darkroom::app {
namespace {

constexpr std::ptrdiff_t kWordsShown = 64;

QString filterText(const char* text) { return QCoreApplication::translate("FilterRows", text); }

QString joined(const std::vector<std::string>& words) {
  QStringList list;
  for (const std::string& word : words) {
    list << QString::fromStdString(word);
  }
  return list.join(QStringLiteral(", "));
}

/// Heights of bars. A few values that half of all rows have (1024 px) would press the rest flat: they are cut off at the top.
QList<qreal> heights(const std::vector<uint64_t>& counts) {
  std::vector<uint64_t> sorted;
  std::copy_if(counts.begin(), counts.end(), std::back_inserter(sorted), [](uint64_t count) { return count > 0; });
  QList<qreal> bars;
  if (sorted.empty()) {
    return QList<qreal>(static_cast<qsizetype>(counts.size()), 0.0);
  }
  std::sort(sorted.begin(), sorted.end());
  const auto ordinary = static_cast<double>(sorted[static_cast<size_t>(static_cast<double>(sorted.size() - 1) * 0.94)]);
  const double most = std::min(static_cast<double>(sorted.back()), ordinary * 1.3);
  for (const uint64_t count : counts) {
    bars << std::min(1.0, static_cast<double>(count) / most);
  }
  return bars;
}

void fillRange(FilterItem& item, const ColumnRule& rule, const StoredColumn* column) {
  const ColumnStyle style = columnStyle(rule.column);
  item.step = style.step;
  item.decimals = style.decimals;
  item.unit = style.unit;
  item.hasLow = rule.min || rule.above;
  item.hasHigh = rule.max || rule.below;
  item.low = rangeEnd(rule, RangeEnd::low).value_or(0);
  item.high = rangeEnd(rule, RangeEnd::high).value_or(0);
  item.lowSign = rule.above ? QStringLiteral(">") : QStringLiteral("≥");
  item.highSign = rule.below ? QStringLiteral("<") : QStringLiteral("≤");
  if (column != nullptr) {
    item.from = column->view_low;
    item.to = column->view_high;
  }
}

bool isRange(const ColumnRule& rule) {
  return rule.min || rule.max || rule.above || rule.below || (rule.words.empty() && !rule.pattern && !rule.not_pattern);
}

void fillCounts(FilterItem& item, size_t index, const FilterRule& rule, const CurationAnswer& answer) {
  const std::vector<FilterRule>& known = answer.request.rules.rules;
  if (index >= known.size() || index >= answer.result.counts.rules.size() || column_of(known[index]) != column_of(rule) ||
      known[index].index() != rule.index()) {
    return;
  }
  const FilterCounts::Rule& counts = answer.result.counts.rules[index];
  item.aloneText = Format::count(static_cast<double>(counts.alone));
  item.inOrderText = Format::count(static_cast<double>(counts.in_order));
  item.onlyText = Format::count(static_cast<double>(answer.result.only[index]));
  item.pending = std::find(answer.result.pending.begin(), answer.result.pending.end(), index) != answer.result.pending.end();
  if (index < answer.missing.size() && answer.missing[index]) {
    item.problem =
        filterText("This source has no such column: the rule is left out here, and \"data filter\" would refuse it. Switch it off.");
  }
}

}  // namespace

ColumnStyle columnStyle(MetadataColumn column) {
  switch (column) {
    case MetadataColumn::aesthetic:
      return {filterText("Aesthetic score"), {}, 0.01, 2};
    case MetadataColumn::similarity:
      return {filterText("CLIP similarity"), {}, 0.001, 3};
    case MetadataColumn::width:
      return {filterText("Width"), filterText("px"), 1, 0};
    case MetadataColumn::height:
      return {filterText("Height"), filterText("px"), 1, 0};
    case MetadataColumn::aspect:
      return {filterText("Aspect"), {}, 0.01, 2};
    case MetadataColumn::caption_chars:
      return {filterText("Caption length"), filterText("chars"), 1, 0};
    case MetadataColumn::watermark:
      return {filterText("Watermark"), {}, 0.01, 2};
    case MetadataColumn::nsfw:
      return {filterText("Not safe for work"), {}, 0.01, 2};
    case MetadataColumn::url:
      return {filterText("URL"), {}, 1, 0};
    case MetadataColumn::caption:
      return {filterText("Caption"), {}, 1, 0};
    case MetadataColumn::language:
      return {filterText("Language"), {}, 1, 0};
    case MetadataColumn::phash:
      return {filterText("Perceptual hash"), {}, 1, 0};
    case MetadataColumn::key:
      return {filterText("Key"), {}, 1, 0};
  }
  return {};
}

QString ruleTitle(const FilterRule& rule) {
  const QString column = columnStyle(column_of(rule)).title;
  return std::holds_alternative<UniqueRule>(rule) ? filterText("Each %1 once").arg(column) : column;
}

QList<FilterItem> filterRows(const FilterRules& rules, const ColumnStore* store, const CurationAnswer* answer) {
  QList<FilterItem> rows;
  for (size_t index = 0; index < rules.rules.size(); ++index) {
    const FilterRule& rule = rules.rules[index];
    const MetadataColumn name = column_of(rule);
    const StoredColumn* column = store != nullptr ? store->find(name) : nullptr;
    FilterItem item;
    item.title = ruleTitle(rule);
    item.column = utf8Text(metadata_column(name).name);
    item.on = is_enabled(rule);
    item.keepsEmpty = std::visit([](const auto& any) { return any.nulls == NullVerdict::keep; }, rule);
    if (column != nullptr && column->empty > 0) {
      item.emptyText = filterText("%1 rows have no value").arg(Format::count(static_cast<double>(column->empty)));
    }
    if (const auto* of_column = std::get_if<ColumnRule>(&rule)) {
      item.kind = isRange(*of_column) ? QStringLiteral("range") : QStringLiteral("texts");
      fillRange(item, *of_column, column);
      item.words = joined(of_column->words);
      item.pattern = QString::fromStdString(of_column->pattern.value_or(""));
      item.notPattern = QString::fromStdString(of_column->not_pattern.value_or(""));
      if (column != nullptr) {
        item.dictionary = joined({column->dictionary.begin(),
                                  column->dictionary.begin() + std::min<std::ptrdiff_t>(std::ssize(column->dictionary), kWordsShown)});
      }
    } else {
      item.kind = QStringLiteral("unique");
    }
    if (answer != nullptr) {
      fillCounts(item, index, rule, *answer);
      const auto histogram = std::find_if(answer->result.histograms.begin(), answer->result.histograms.end(),
                                          [name](const Histogram& one) { return one.column == name; });
      if (item.kind == "range" && histogram != answer->result.histograms.end()) {
        item.from = histogram->low;
        item.to = histogram->high;
        item.bars = heights(histogram->chosen);
      }
    }
    rows << item;
  }
  return rows;
}

QList<NewRuleItem> newRules(const ColumnStore& store) {
  QList<NewRuleItem> rules;
  for (const StoredColumn& column : store.columns()) {
    const QString title = columnStyle(column.column).title;
    const QString name = utf8Text(metadata_column(column.column).name);
    if (column.numbers) {
      rules << NewRuleItem{QStringLiteral("range:") + name, title, filterText("from, to")};
    }
    if (column.words || column.column == MetadataColumn::caption || column.column == MetadataColumn::url) {
      rules << NewRuleItem{QStringLiteral("texts:") + name, title, filterText("words, pattern")};
    }
    if (column.column == MetadataColumn::url || column.column == MetadataColumn::phash || column.column == MetadataColumn::key ||
        column.column == MetadataColumn::caption) {
      rules << NewRuleItem{QStringLiteral("unique:") + name, filterText("Each %1 once").arg(title), filterText("the first stays")};
    }
  }
  return rules;
}

FilterRule newRule(const QString& key, const ColumnStore& store) {
  const qsizetype colon = key.indexOf(':');
  const QString kind = key.left(colon);
  const MetadataColumn column = metadata_column_named(key.mid(colon + 1).toStdString()).value_or(MetadataColumn::aesthetic);
  if (kind == "unique") {
    return UniqueRule{.column = column};
  }
  ColumnRule rule{.column = column};
  const StoredColumn* stored = store.find(column);
  if (kind == "texts") {
    rule.words = stored != nullptr ? stored->dictionary : std::vector<std::string>();
    if (rule.words.empty()) {
      rule.pattern.emplace(1, '.');
    }
    return rule;
  }
  rule.min = stored != nullptr ? std::floor(stored->min / columnStyle(column).step) * columnStyle(column).step : 0;
  return rule;
}

FilterRules standardRules(const ColumnStore& store) {
  FilterRules rules;
  const auto has = [&store](MetadataColumn column) {
    const StoredColumn* found = store.find(column);
    return found != nullptr && found->missing_in.empty();
  };
  if (has(MetadataColumn::aesthetic) || has(MetadataColumn::similarity)) {
    rules = source_run_rules();
    std::erase_if(rules.rules, [&](const FilterRule& rule) { return !has(column_of(rule)); });
    return rules;
  }
  // Pictures that somebody chose: nothing is dropped for its size, only what cannot be trained on well.
  for (const MetadataColumn side : {MetadataColumn::width, MetadataColumn::height}) {
    if (has(side) && store.find(side)->min < store.find(side)->max) {
      rules.rules.emplace_back(ColumnRule{.column = side, .min = std::clamp(std::floor(store.find(side)->min), 1.0, 512.0)});
    }
  }
  if (has(MetadataColumn::aspect) && store.find(MetadataColumn::aspect)->min < store.find(MetadataColumn::aspect)->max) {
    rules.rules.emplace_back(ColumnRule{.column = MetadataColumn::aspect, .min = 0.5, .max = 2.0});
  }
  if (has(MetadataColumn::caption_chars)) {
    rules.rules.emplace_back(ColumnRule{.column = MetadataColumn::caption_chars, .min = 3, .max = 300});
  }
  return rules;
}

std::optional<double> rangeEnd(const ColumnRule& rule, RangeEnd end) {
  return end == RangeEnd::low ? (rule.min ? rule.min : rule.above) : (rule.max ? rule.max : rule.below);
}

void setRangeEnd(ColumnRule& rule, RangeEnd end, double value) {
  const auto put = [&rule](RangeEnd which, double number) {
    std::optional<double>& place =
        which == RangeEnd::low ? (rule.above && !rule.min ? rule.above : rule.min) : (rule.below && !rule.max ? rule.below : rule.max);
    place = number;
  };
  put(end, value);
  const RangeEnd other = end == RangeEnd::low ? RangeEnd::high : RangeEnd::low;
  const std::optional<double> across = rangeEnd(rule, other);
  if (across && (end == RangeEnd::low ? value > *across : value < *across)) {
    put(other, value);
  }
}

void clearRangeEnd(ColumnRule& rule, RangeEnd end) {
  (end == RangeEnd::low ? rule.min : rule.max).reset();
  (end == RangeEnd::low ? rule.above : rule.below).reset();
}

}  // namespace darkroom::app
