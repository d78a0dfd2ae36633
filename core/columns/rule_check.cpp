// SPDX-License-Identifier: Apache-2.0
#include "core/columns/rule_check.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/filter/row_filter.h"
#include "core/filter/text_pattern.h"

namespace darkroom {
namespace {

void check_columns(const ColumnStore& store, const FilterRules& rules) {
  for (const MetadataColumn column : needed_columns(rules)) {
    const StoredColumn* const stored = store.find(column);
    if (stored != nullptr && stored->missing_in.empty()) {
      continue;
    }
    const std::string file =
        store.files().empty() ? std::string("This set") : store.files()[stored == nullptr ? 0 : stored->missing_in.front()].path.string();
    fail(ErrorCode::bad_input, "{}: has no column {} (also known as {})", file, metadata_column(column).name,
         fmt::join(metadata_column(column).aliases, ", "));
  }
}

void check_names(const ColumnStore& store, const FilterRules& rules) {
  const StoredColumn* const url = store.find(MetadataColumn::url);
  const StoredColumn* const key = store.find(MetadataColumn::key);
  const auto has = [](const StoredColumn* column, size_t file) {
    return column != nullptr && !std::binary_search(column->missing_in.begin(), column->missing_in.end(), file);
  };
  for (size_t file = 0; file < store.files().size(); ++file) {
    require_names(rules, has(url, file) || has(key, file), store.files()[file].path);
  }
}

void check_pattern(const std::optional<std::string>& pattern) {
  if (pattern) {
    if (const std::string problem = TextPattern::problem(*pattern); !problem.empty()) {
      throw Error(ErrorCode::bad_input, problem);
    }
  }
}

}  // namespace

void check_rules(const ColumnStore& store, const FilterRules& rules) {
  check_columns(store, rules);
  check_names(store, rules);
  for (const FilterRule& rule : rules.rules) {
    if (!is_enabled(rule)) {
      continue;
    }
    if (const auto* const column = std::get_if<ColumnRule>(&rule)) {
      check_pattern(column->pattern);
      check_pattern(column->not_pattern);
    } else if (const MetadataColumn unique = column_of(rule); unique == MetadataColumn::aspect || unique == MetadataColumn::caption_chars) {
      fail(ErrorCode::bad_input, "{} is computed: a rule cannot keep each of its values once", metadata_column(unique).name);
    }
  }
}

}  // namespace darkroom
