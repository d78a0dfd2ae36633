// SPDX-License-Identifier: Apache-2.0
#include "core/nn/config_reader.h"

#include <algorithm>
#include <cmath>

#include "core/base/format.h"
#include "core/base/json_reader.h"

namespace darkroom {
namespace {

bool is_integer(const Json& value, int64_t min) {
  return value.is_number_integer() && (!value.is_number_unsigned() || value.get<uint64_t>() <= uint64_t{INT64_MAX}) &&
         value.get<int64_t>() >= min;
}

}  // namespace

ConfigReader::ConfigReader(const Json& json, std::string_view where) : json_(json), where_(where) {
  if (!json.is_object()) {
    fail(ErrorCode::bad_input, "{}: expected a JSON object, got {}", where_, json.type_name());
  }
}

const Json* ConfigReader::find(const std::string& key) {
  known_.push_back(key);
  const auto found = json_.find(key);
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

void ConfigReader::reject(const std::string& key, const std::string& expected) const {
  const auto found = json_.find(key);
  fail(ErrorCode::bad_input, "{}: \"{}\" is {}: {}", where_, key, found == json_.end() ? "missing" : found->dump(), expected);
}

int64_t ConfigReader::integer(const std::string& key, int64_t missing, int64_t min) { return optional_integer(key, min).value_or(missing); }

std::optional<int64_t> ConfigReader::optional_integer(const std::string& key, int64_t min) {
  const Json* value = find(key);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!is_integer(*value, min)) {
    reject(key, format("expected a whole number of at least {}", min));
  }
  return value->get<int64_t>();
}

double ConfigReader::number(const std::string& key, double missing) {
  const Json* value = find(key);
  if (value == nullptr) {
    return missing;
  }
  if (!value->is_number() || !std::isfinite(value->get<double>())) {
    reject(key, "expected a number");
  }
  return value->get<double>();
}

bool ConfigReader::boolean(const std::string& key, bool missing) {
  const Json* value = find(key);
  if (value == nullptr) {
    return missing;
  }
  if (!value->is_boolean()) {
    reject(key, "expected true or false");
  }
  return value->get<bool>();
}

std::string ConfigReader::text(const std::string& key, const std::string& missing) {
  const Json* value = find(key);
  if (value == nullptr) {
    return missing;
  }
  if (!value->is_string()) {
    reject(key, "expected a string");
  }
  return value->get<std::string>();
}

std::vector<int64_t> ConfigReader::integers(const std::string& key, int64_t missing, int64_t min, size_t count) {
  const Json* value = find(key);
  if (value == nullptr || !value->is_array()) {
    return std::vector<int64_t>(count, integer(key, missing, min));
  }
  std::vector<int64_t> list = integer_list(key, min);
  if (list.size() != count) {
    reject(key, format("expected one number, or a list of {}, one for each level", count));
  }
  return list;
}

std::vector<int64_t> ConfigReader::integer_list(const std::string& key, int64_t min) {
  const Json* value = find(key);
  std::vector<int64_t> list;
  if (value != nullptr && value->is_array()) {
    for (const Json& entry : *value) {
      if (!is_integer(entry, min)) {
        reject(key, format("expected whole numbers of at least {}", min));
      }
      list.push_back(entry.get<int64_t>());
    }
  }
  if (list.empty() || list.size() > 16) {
    reject(key, "expected a list of 1 to 16 whole numbers");
  }
  return list;
}

std::vector<std::string> ConfigReader::names(const std::string& key, const std::vector<std::string>& allowed, size_t count) {
  const Json* value = find(key);
  if (value == nullptr || !value->is_array() || value->size() != count) {
    reject(key, format("expected a list of {} names, one for each level", count));
  }
  std::vector<std::string> list;
  for (const Json& entry : *value) {
    if (!entry.is_string() || std::find(allowed.begin(), allowed.end(), entry.get<std::string>()) == allowed.end()) {
      reject(key, format("{} is not supported (expected {})", entry.dump(), fmt::join(allowed, " or ")));
    }
    list.push_back(entry.get<std::string>());
  }
  return list;
}

void ConfigReader::require_plain(const std::string& key, const std::vector<Json>& allowed) {
  const Json* value = find(key);
  if (value == nullptr || std::find(allowed.begin(), allowed.end(), *value) != allowed.end()) {
    return;
  }
  std::string expected = "null";
  for (const Json& one : allowed) {
    expected += " or " + one.dump();
  }
  reject(key, "this kind of model is not supported (expected " + expected + ")");
}

void ConfigReader::finish() const {
  for (const auto& [key, value] : json_.items()) {
    if (key.starts_with('_') || std::find(known_.begin(), known_.end(), key) != known_.end()) {
      continue;
    }
    const std::optional<std::string> nearest = nearest_name(key, known_);
    fail(ErrorCode::bad_input, "{}: \"{}\" is not known{}: a model with it is not supported", where_, key,
         nearest ? format(" (did you mean \"{}\"?)", *nearest) : "");
  }
}

}  // namespace darkroom
