// SPDX-License-Identifier: Apache-2.0
// rules.json: which rows of image metadata are kept. The studio edits it, `data filter` takes it.
#pragma once

#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/json.h"
#include "core/base/json_reader.h"
#include "core/filter/metadata_column.h"

namespace darkroom {

/// What happens to a row whose column is empty (null, or not a number).
enum class NullVerdict { drop, keep };

/// A rule about one column. A row passes when it is inside every bound that is set, or its word is one of `words`.
struct ColumnRule {
  MetadataColumn column = MetadataColumn::aesthetic;
  std::optional<double> min;               ///< inclusive
  std::optional<double> max;               ///< inclusive
  std::optional<double> above;             ///< exclusive
  std::optional<double> below;             ///< exclusive
  std::vector<std::string> words;          ///< of a text column, compared without case
  std::optional<std::string> pattern;      ///< PCRE2; a text column must hold a match
  std::optional<std::string> not_pattern;  ///< … must not
  NullVerdict nulls = NullVerdict::drop;
  bool enabled = true;  ///< an off switch that keeps the rule's place and values
  bool operator==(const ColumnRule&) const = default;

  bool has_bounds() const { return min || max || above || below; }
  bool looks_at_texts() const { return !words.empty() || pattern || not_pattern; }
};

/// The bounds of a rule as one interval of doubles, both ends in it: x > 5 is x >= the next double above 5.
struct ValueRange {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  static ValueRange of(const ColumnRule& rule);
  /// False for NaN.
  bool holds(double value) const { return value >= low && value <= high; }
};

/// Keeps the first row of each value, in the order of the input.
struct UniqueRule {
  MetadataColumn column = MetadataColumn::url;
  NullVerdict nulls = NullVerdict::drop;
  bool enabled = true;
  bool operator==(const UniqueRule&) const = default;
};

using FilterRule = std::variant<ColumnRule, UniqueRule>;

MetadataColumn column_of(const FilterRule& rule);
bool is_enabled(const FilterRule& rule);
/// "aesthetic >= 6.5", "url only once": for lists and logs.
std::string describe(const FilterRule& rule);

/// Rules apply in order; `keep` and `drop` name rows (by URL or by the set's own key) whose verdict was given by hand.
struct FilterRules {
  std::vector<FilterRule> rules;
  std::vector<std::string> keep;
  std::vector<std::string> drop;
  bool operator==(const FilterRules&) const = default;
};

/// The defaults of the source run: aesthetic >= 6.5, similarity >= 0.28, sides >= 512, aspect 0.5 to 2, caption 20 to 300 characters,
/// watermark < 0.5, NSFW "UNLIKELY" or < 0.2, each URL once.
FilterRules source_run_rules();

/// Every problem of spelling, type and sense is added with its JSON pointer; nothing is thrown.
FilterRules parse_filter_rules(const Json& json, std::vector<Problem>& problems);
Json to_json(const FilterRules& rules);

/// throws  Error{not_found | bad_input}: the file and every problem, one a line
FilterRules read_filter_rules(const std::filesystem::path& file);

}  // namespace darkroom
