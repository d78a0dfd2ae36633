// SPDX-License-Identifier: Apache-2.0
// Every rule is applied to all rows of a batch before the next one: tight loops over columns, and "alone" comes for free.
#include "core/filter/row_filter.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "core/base/format.h"
#include "core/base/utf8.h"
#include "core/filter/seen_values.h"
#include "core/filter/text_pattern.h"

namespace darkroom {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

const FilterBatch::Column& require(const FilterBatch& batch, MetadataColumn column) {
  const auto found = batch.columns.find(column);
  if (found == batch.columns.end()) {
    throw std::invalid_argument(format("[RowFilter::apply] the batch has no column {}", metadata_column(column).name));
  }
  const FilterBatch::Column& data = found->second;
  if ((data.numbers.empty() && data.texts.empty() && batch.rows > 0) || (!data.numbers.empty() && data.numbers.size() != batch.rows) ||
      (!data.texts.empty() && data.texts.size() != batch.rows)) {
    throw std::invalid_argument(format("[RowFilter::apply] column {} must have {} rows", metadata_column(column).name, batch.rows));
  }
  return data;
}

std::span<const double> require_numbers(const FilterBatch& batch, MetadataColumn column) {
  const std::span<const double> numbers = require(batch, column).numbers;
  if (numbers.size() != batch.rows) {
    throw std::invalid_argument(format("[RowFilter::apply] column {} must hold numbers", metadata_column(column).name));
  }
  return numbers;
}

// Without branches: a compiler makes vectors of it.
void judge_numbers(std::span<const double> values, const ValueRange& range, bool nulls_pass, std::vector<uint8_t>& passes) {
  const auto empty_passes = static_cast<uint8_t>(nulls_pass);
  for (size_t row = 0; row < values.size(); ++row) {
    const double value = values[row];
    passes[row] = static_cast<uint8_t>(static_cast<uint8_t>(range.holds(value)) | (empty_passes & static_cast<uint8_t>(value != value)));
  }
}

// One rule, made ready.
struct PreparedRule {
  explicit PreparedRule(const FilterRule& given) : rule(&given) {
    if (const auto* const column = std::get_if<ColumnRule>(&given); column != nullptr && column->enabled) {
      range = ValueRange::of(*column);
      for (const std::string& word : column->words) {
        words.insert(lower(word));
      }
      if (column->pattern) {
        pattern.emplace(*column->pattern);
      }
      if (column->not_pattern) {
        not_pattern.emplace(*column->not_pattern);
      }
      has_bounds = column->has_bounds();
    }
  }

  const FilterRule* rule;
  ValueRange range;
  bool has_bounds = false;
  std::unordered_set<std::string> words;
  std::optional<TextPattern> pattern;
  std::optional<TextPattern> not_pattern;
  SeenValues seen_alone;
  SeenValues seen_in_order;
};

bool text_passes(const PreparedRule& rule, std::string_view text) {
  if (!rule.words.empty() && !rule.words.contains(lower(text))) {
    return false;
  }
  return (!rule.pattern || rule.pattern->matches(text)) && (!rule.not_pattern || !rule.not_pattern->matches(text));
}

}  // namespace

std::vector<MetadataColumn> needed_columns(const FilterRules& rules) {
  std::vector<MetadataColumn> needed;
  const auto need = [&needed](MetadataColumn column) {
    if (std::find(needed.begin(), needed.end(), column) == needed.end()) {
      needed.push_back(column);
    }
  };
  for (const FilterRule& rule : rules.rules) {
    if (!is_enabled(rule)) {
      continue;
    }
    switch (column_of(rule)) {
      case MetadataColumn::aspect:
        need(MetadataColumn::width);
        need(MetadataColumn::height);
        break;
      case MetadataColumn::caption_chars:
        need(MetadataColumn::caption);
        break;
      default:
        need(column_of(rule));
    }
  }
  return needed;
}

void require_names(const FilterRules& rules, bool has_names, const std::filesystem::path& file) {
  if (!has_names && !(rules.keep.empty() && rules.drop.empty())) {
    fail(ErrorCode::bad_input, "{}: has no column url or key, so the rules' overrides cannot be applied to it", file.string());
  }
}

FilterCounts& FilterCounts::operator+=(const FilterCounts& other) {
  rows += other.rows;
  kept += other.kept;
  kept_by_hand += other.kept_by_hand;
  dropped_by_hand += other.dropped_by_hand;
  for (size_t i = 0; i < rules.size(); ++i) {
    rules[i].alone += other.rules.at(i).alone;
    rules[i].in_order += other.rules.at(i).in_order;
  }
  return *this;
}

struct RowFilter::Impl {
  explicit Impl(FilterRules given) : rules(std::move(given)) {
    prepared.reserve(rules.rules.size());
    for (const FilterRule& rule : rules.rules) {
      prepared.emplace_back(rule);
    }
    keep.insert(rules.keep.begin(), rules.keep.end());
    drop.insert(rules.drop.begin(), rules.drop.end());
    counts.rules.resize(rules.rules.size());
  }

  // Numbers of a column, the computed ones in `scratch`.
  std::span<const double> numbers(const FilterBatch& batch, MetadataColumn column) {
    if (column == MetadataColumn::aspect) {
      const std::span<const double> width = require_numbers(batch, MetadataColumn::width);
      const std::span<const double> height = require_numbers(batch, MetadataColumn::height);
      scratch.resize(batch.rows);
      for (uint64_t row = 0; row < batch.rows; ++row) {
        scratch[row] = aspect_ratio(width[row], height[row]);
      }
      return scratch;
    }
    if (column == MetadataColumn::caption_chars) {
      const std::span<const std::string_view> captions = require(batch, MetadataColumn::caption).texts;
      if (captions.size() != batch.rows) {
        throw std::invalid_argument("[RowFilter::apply] column caption must hold texts");
      }
      scratch.resize(batch.rows);
      for (uint64_t row = 0; row < batch.rows; ++row) {
        const std::string_view text = captions[row];
        scratch[row] = text.data() == nullptr ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(count_characters(text));
      }
      return scratch;
    }
    return require(batch, column).numbers;
  }

  void judge(const FilterBatch& batch, PreparedRule& rule, const ColumnRule& column) {
    const std::span<const double> values = numbers(batch, column.column);
    const bool computed = column.column == MetadataColumn::aspect || column.column == MetadataColumn::caption_chars;
    const std::span<const std::string_view> texts = computed ? std::span<const std::string_view>() : require(batch, column.column).texts;
    const bool nulls_pass = column.nulls == NullVerdict::keep;
    if (rule.has_bounds && !values.empty() && (texts.empty() || !column.looks_at_texts())) {
      judge_numbers(values, rule.range, nulls_pass, passes);
      return;
    }
    for (uint64_t row = 0; row < batch.rows; ++row) {
      const bool has_number = rule.has_bounds && !values.empty() && !std::isnan(values[row]);
      const bool has_text = !texts.empty() && texts[row].data() != nullptr && column.looks_at_texts();
      // A score is more exact than a word: where a row has both, the score decides.
      passes[row] = has_number ? rule.range.holds(values[row]) : has_text ? text_passes(rule, texts[row]) : nulls_pass;
    }
  }

  void judge(const FilterBatch& batch, PreparedRule& rule, const UniqueRule& unique, const std::vector<RowVerdict>& verdicts) {
    const FilterBatch::Column& data = require(batch, unique.column);
    const bool nulls_pass = unique.nulls == NullVerdict::keep;
    std::string spelled;
    for (uint64_t row = 0; row < batch.rows; ++row) {
      std::string_view value;
      if (!data.texts.empty()) {
        value = data.texts[row];
      } else if (!std::isnan(data.numbers[row])) {
        spelled = format("{}", data.numbers[row]);
        value = spelled;
      }
      if (value.data() == nullptr) {
        passes[row] = nulls_pass;
        passes_alone[row] = nulls_pass;
        continue;
      }
      passes_alone[row] = rule.seen_alone.add(value);
      // Only what earlier rules let through takes a value's place.
      passes[row] = verdicts[row] == verdict_kept ? rule.seen_in_order.add(value) : true;
    }
  }

  bool named(const std::unordered_set<std::string>& names, const FilterBatch& batch, uint64_t row) const {
    for (const MetadataColumn column : {MetadataColumn::url, MetadataColumn::key}) {
      const auto found = batch.columns.find(column);
      if (found != batch.columns.end() && !found->second.texts.empty() && found->second.texts[row].data() != nullptr &&
          names.contains(std::string(found->second.texts[row]))) {
        return true;
      }
    }
    return false;
  }

  void override_by_hand(const FilterBatch& batch, std::vector<RowVerdict>& verdicts) {
    if (keep.empty() && drop.empty()) {
      return;
    }
    for (uint64_t row = 0; row < batch.rows; ++row) {
      if (verdicts[row] != verdict_kept && !keep.empty() && named(keep, batch, row)) {
        verdicts[row] = verdict_kept_by_hand;
      } else if (verdicts[row] == verdict_kept && !drop.empty() && named(drop, batch, row)) {
        verdicts[row] = verdict_dropped_by_hand;
      }
    }
  }

  FilterRules rules;
  std::vector<PreparedRule> prepared;
  std::unordered_set<std::string> keep;
  std::unordered_set<std::string> drop;
  FilterCounts counts;
  std::vector<double> scratch;
  std::vector<uint8_t> passes;
  std::vector<uint8_t> passes_alone;
};

RowFilter::RowFilter(FilterRules rules) : impl_(std::make_unique<Impl>(std::move(rules))) {}
RowFilter::~RowFilter() = default;
RowFilter::RowFilter(RowFilter&&) noexcept = default;
RowFilter& RowFilter::operator=(RowFilter&&) noexcept = default;
const FilterCounts& RowFilter::counts() const { return impl_->counts; }
const FilterRules& RowFilter::rules() const { return impl_->rules; }

void RowFilter::apply(const FilterBatch& batch, std::vector<RowVerdict>& verdicts) {
  Impl& self = *impl_;
  verdicts.assign(batch.rows, verdict_kept);
  self.passes.resize(batch.rows);
  self.passes_alone.resize(batch.rows);
  for (size_t index = 0; index < self.prepared.size(); ++index) {
    PreparedRule& rule = self.prepared[index];
    if (!is_enabled(*rule.rule)) {
      continue;
    }
    const std::vector<uint8_t>* alone = &self.passes;
    if (const auto* const unique = std::get_if<UniqueRule>(rule.rule)) {
      self.judge(batch, rule, *unique, verdicts);
      alone = &self.passes_alone;
    } else {
      self.judge(batch, rule, std::get<ColumnRule>(*rule.rule));
    }
    const uint8_t* const passes = self.passes.data();
    FilterCounts::Rule& count = self.counts.rules[index];
    count.alone += static_cast<uint64_t>(std::count(alone->begin(), alone->end(), uint8_t{0}));
    uint64_t in_order = 0;
    for (uint64_t row = 0; row < batch.rows; ++row) {
      const bool drops = (verdicts[row] == verdict_kept) & (passes[row] == 0);
      verdicts[row] = drops ? static_cast<RowVerdict>(index) : verdicts[row];
      in_order += static_cast<uint64_t>(drops);
    }
    count.in_order += in_order;
  }
  self.override_by_hand(batch, verdicts);
  self.counts.rows += batch.rows;
  for (const RowVerdict verdict : verdicts) {
    self.counts.kept += is_kept(verdict) ? 1 : 0;
    self.counts.kept_by_hand += verdict == verdict_kept_by_hand ? 1 : 0;
    self.counts.dropped_by_hand += verdict == verdict_dropped_by_hand ? 1 : 0;
  }
}

}  // namespace darkroom
