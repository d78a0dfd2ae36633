// SPDX-License-Identifier: Apache-2.0
#include "core/filter/filter_rules.h"

#include <algorithm>
#include <cmath>

#include "core/base/format.h"
#include "core/filter/text_pattern.h"

namespace darkroom {
namespace {

constexpr int64_t rules_version = 1;

std::vector<std::string> column_names() {
  std::vector<std::string> names;
  for (const MetadataColumnInfo& info : metadata_columns()) {
    names.emplace_back(info.name);
  }
  return names;
}

void read_number(JsonReader& reader, const std::string& key, std::optional<double>& value) {
  if (const Json* member = reader.any(key); member != nullptr && !member->is_null()) {
    double number = 0;
    reader.read(key, number);
    value = number;
  }
}

std::vector<std::string> read_words(JsonReader& reader, const std::string& key) {
  std::vector<std::string> words;
  const Json& array = reader.array(key);
  for (size_t i = 0; i < array.size(); ++i) {
    if (array[i].is_string()) {
      words.push_back(array[i].get<std::string>());
    } else {
      reader.problem(key, format("entry {} must be a text, got {}", i, array[i].dump()));
    }
  }
  return words;
}

void read_pattern(JsonReader& reader, const std::string& key, std::optional<std::string>& pattern) {
  if (const Json* member = reader.any(key); member != nullptr && !member->is_null()) {
    std::string text;
    reader.read(key, text);
    if (const std::string problem = TextPattern::problem(text); !problem.empty()) {
      reader.problem(key, problem);
    }
    pattern = std::move(text);
  }
}

MetadataColumn read_column(JsonReader& reader, const std::string& key, MetadataColumn standard) {
  std::string name(metadata_column(standard).name);
  reader.require(key);
  reader.read_choice(key, name, column_names());
  return metadata_column_named(name).value_or(standard);
}

NullVerdict read_nulls(JsonReader& reader) {
  std::string nulls = "drop";
  reader.read_choice("nulls", nulls, {"drop", "keep"});
  return nulls == "keep" ? NullVerdict::keep : NullVerdict::drop;
}

void check_column_rule(JsonReader& reader, const ColumnRule& rule) {
  const bool bounds = rule.min || rule.max || rule.above || rule.below;
  const bool texts = !rule.words.empty() || rule.pattern || rule.not_pattern;
  const MetadataColumnInfo& info = metadata_column(rule.column);
  if (!bounds && !texts) {
    reader.problem("column", "no bound stands beside it; give min, max, above, below, words, pattern or not_pattern");
  }
  if (bounds && !info.number) {
    reader.problem("column", format("{} holds text: it has no min, max, above or below", info.name));
  }
  if (texts && info.number && rule.column != MetadataColumn::nsfw) {
    reader.problem("column", format("{} holds numbers: it has no words or pattern", info.name));
  }
  if (rule.min && rule.max && *rule.min > *rule.max) {
    reader.problem("min", format("{} is above max {}: nothing would be kept", *rule.min, *rule.max));
  }
  if (rule.above && rule.below && *rule.above >= *rule.below) {
    reader.problem("above", format("{} is not below {}: nothing would be kept", *rule.above, *rule.below));
  }
}

FilterRule read_rule(const Json& json, const std::string& pointer, std::vector<Problem>& problems) {
  JsonReader reader(json, pointer, problems);
  FilterRule result;
  if (reader.has("unique")) {
    UniqueRule rule;
    rule.column = read_column(reader, "unique", rule.column);
    rule.nulls = read_nulls(reader);
    reader.read("enabled", rule.enabled);
    result = rule;
  } else {
    ColumnRule rule;
    rule.column = read_column(reader, "column", rule.column);
    read_number(reader, "min", rule.min);
    read_number(reader, "max", rule.max);
    read_number(reader, "above", rule.above);
    read_number(reader, "below", rule.below);
    rule.words = read_words(reader, "words");
    read_pattern(reader, "pattern", rule.pattern);
    read_pattern(reader, "not_pattern", rule.not_pattern);
    rule.nulls = read_nulls(reader);
    reader.read("enabled", rule.enabled);
    check_column_rule(reader, rule);
    result = std::move(rule);
  }
  reader.finish();
  return result;
}

void put(Json& json, const char* key, const std::optional<double>& value) {
  if (value) {
    json[key] = *value;
  }
}

void put_switches(Json& json, NullVerdict nulls, bool enabled) {
  if (nulls == NullVerdict::keep) {
    json["nulls"] = "keep";
  }
  if (!enabled) {
    json["enabled"] = false;
  }
}

Json rule_json(const ColumnRule& rule) {
  Json json{{"column", metadata_column(rule.column).name}};
  put(json, "min", rule.min);
  put(json, "max", rule.max);
  put(json, "above", rule.above);
  put(json, "below", rule.below);
  if (!rule.words.empty()) {
    json["words"] = rule.words;
  }
  if (rule.pattern) {
    json["pattern"] = *rule.pattern;
  }
  if (rule.not_pattern) {
    json["not_pattern"] = *rule.not_pattern;
  }
  put_switches(json, rule.nulls, rule.enabled);
  return json;
}

Json rule_json(const UniqueRule& rule) {
  Json json{{"unique", metadata_column(rule.column).name}};
  put_switches(json, rule.nulls, rule.enabled);
  return json;
}

}  // namespace

ValueRange ValueRange::of(const ColumnRule& rule) {
  ValueRange range;
  if (rule.min) {
    range.low = std::max(range.low, *rule.min);
  }
  if (rule.above) {
    range.low = std::max(range.low, std::nextafter(*rule.above, std::numeric_limits<double>::infinity()));
  }
  if (rule.max) {
    range.high = std::min(range.high, *rule.max);
  }
  if (rule.below) {
    range.high = std::min(range.high, std::nextafter(*rule.below, -std::numeric_limits<double>::infinity()));
  }
  return range;
}

MetadataColumn column_of(const FilterRule& rule) {
  return std::visit([](const auto& any) { return any.column; }, rule);
}

bool is_enabled(const FilterRule& rule) {
  return std::visit([](const auto& any) { return any.enabled; }, rule);
}

std::string describe(const FilterRule& rule) {
  const std::string_view name = metadata_column(column_of(rule)).name;
  if (std::holds_alternative<UniqueRule>(rule)) {
    return format("{} only once", name);
  }
  const auto& column = std::get<ColumnRule>(rule);
  std::vector<std::string> parts;
  const auto bound = [&](const char* sign, const std::optional<double>& value) {
    if (value) {
      parts.push_back(format("{} {}", sign, *value));
    }
  };
  bound(">=", column.min);
  bound("<=", column.max);
  bound(">", column.above);
  bound("<", column.below);
  if (column.pattern) {
    parts.push_back(format("matches {}", *column.pattern));
  }
  if (column.not_pattern) {
    parts.push_back(format("does not match {}", *column.not_pattern));
  }
  std::string text = format("{} {}", name, fmt::join(parts, " and "));
  if (!column.words.empty()) {
    text += format("{}{}", parts.empty() ? "is " : " or is ", fmt::join(column.words, " or "));
  }
  return text;
}

FilterRules source_run_rules() {
  using enum MetadataColumn;
  FilterRules rules;
  rules.rules = {ColumnRule{.column = aesthetic, .min = 6.5},
                 ColumnRule{.column = similarity, .min = 0.28},
                 ColumnRule{.column = width, .min = 512},
                 ColumnRule{.column = height, .min = 512},
                 ColumnRule{.column = aspect, .min = 0.5, .max = 2.0},
                 ColumnRule{.column = caption_chars, .min = 20, .max = 300},
                 ColumnRule{.column = watermark, .below = 0.5},
                 ColumnRule{.column = nsfw, .below = 0.2, .words = {"UNLIKELY"}},
                 UniqueRule{.column = url}};
  return rules;
}

FilterRules parse_filter_rules(const Json& json, std::vector<Problem>& problems) {
  FilterRules rules;
  JsonReader reader(json, "", problems);
  int64_t version = rules_version;
  reader.require("darkroom_rules");
  reader.read("darkroom_rules", version);
  if (version != rules_version) {
    reader.problem("darkroom_rules", format("this program reads version {}, not {}", rules_version, version));
  }
  reader.require("rules");
  const Json& list = reader.array("rules");
  for (size_t i = 0; i < list.size(); ++i) {
    rules.rules.push_back(read_rule(list[i], format("/rules/{}", i), problems));
  }
  JsonReader overrides(reader.object("overrides"), "/overrides", problems);
  rules.keep = read_words(overrides, "keep");
  rules.drop = read_words(overrides, "drop");
  overrides.finish();
  reader.finish();
  return rules;
}

Json to_json(const FilterRules& rules) {
  Json list = Json::array();
  for (const FilterRule& rule : rules.rules) {
    list.push_back(std::visit([](const auto& any) { return rule_json(any); }, rule));
  }
  return {{"darkroom_rules", rules_version}, {"rules", list}, {"overrides", {{"keep", rules.keep}, {"drop", rules.drop}}}};
}

FilterRules read_filter_rules(const std::filesystem::path& file) {
  std::vector<Problem> problems;
  FilterRules rules = parse_filter_rules(read_json_file(file), problems);
  if (!problems.empty()) {
    std::string text = file.string() + ":";
    for (const Problem& problem : problems) {
      text += format("\n  {}: {}", problem.pointer, problem.message);
    }
    throw Error(ErrorCode::bad_input, text);
  }
  return rules;
}

}  // namespace darkroom
