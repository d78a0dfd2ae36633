// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_reader.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/format.h"

namespace darkroom {
namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

// RFC 6901: "~" and "/" inside a key are escaped.
std::string escape_pointer(const std::string& key) {
  std::string escaped;
  for (const char c : key) {
    escaped += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
  }
  return escaped;
}

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

template <typename Number>
std::string range_text(Number min, Number max) {
  using Limits = std::numeric_limits<Number>;
  // The infinity of a whole number is 0, which is a limit like others.
  const bool low = min != Limits::lowest() && !(Limits::has_infinity && min == -Limits::infinity());
  const bool high = max != Limits::max() && !(Limits::has_infinity && max == Limits::infinity());
  if (low && high) {
    return format(" from {} to {}", min, max);
  }
  return low ? format(" of at least {}", min) : high ? format(" of at most {}", max) : std::string();
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view word, const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

JsonReader::JsonReader(const Json& object, std::string pointer, std::vector<Problem>& problems)
    : object_(object), pointer_(std::move(pointer)), problems_(problems) {
  if (!object_.is_object()) {
    problems_.push_back({pointer_, format("expected an object, got {}", shown(object_))});
  }
}

const Json* JsonReader::find(const std::string& key) {
  known_.push_back(key);
  if (!object_.is_object()) {
    return nullptr;
  }
  const auto found = object_.find(key);
  return found == object_.end() ? nullptr : &*found;
}

bool JsonReader::has(const std::string& key) const { return object_.is_object() && object_.contains(key); }

std::string JsonReader::pointer_to(const std::string& key) const { return pointer_ + "/" + escape_pointer(key); }

void JsonReader::problem(const std::string& key, const std::string& message) { problems_.push_back({pointer_to(key), message}); }

void JsonReader::read(const std::string& key, bool& value) {
  if (const Json* found = find(key)) {
    if (found->is_boolean()) {
      value = found->get<bool>();
    } else {
      problem(key, format("expected true or false, got {}", shown(*found)));
    }
  }
}

void JsonReader::read(const std::string& key, std::string& value) {
  if (const Json* found = find(key)) {
    if (found->is_string()) {
      value = found->get<std::string>();
    } else {
      problem(key, format("expected a text, got {}", shown(*found)));
    }
  }
}

void JsonReader::read(const std::string& key, int64_t& value, int64_t min, int64_t max) {
  if (const Json* found = find(key)) {
    // 8.0 is how some writers spell 8.
    const bool whole =
        found->is_number_integer() ||
        (found->is_number_float() && std::floor(found->get<double>()) == found->get<double>() && std::abs(found->get<double>()) < 9e15);
    if (whole && found->get<double>() >= static_cast<double>(min) && found->get<double>() <= static_cast<double>(max)) {
      value = found->is_number_integer() ? found->get<int64_t>() : static_cast<int64_t>(found->get<double>());
    } else {
      problem(key, format("expected a whole number{}, got {}", range_text(min, max), shown(*found)));
    }
  }
}

void JsonReader::read(const std::string& key, double& value, double min, double max) {
  if (const Json* found = find(key)) {
    if (found->is_number() && found->get<double>() >= min && found->get<double>() <= max) {
      value = found->get<double>();
    } else {
      problem(key, format("expected a number{}, got {}", range_text(min, max), shown(*found)));
    }
  }
}

void JsonReader::read_choice(const std::string& key, std::string& value, const std::vector<std::string>& allowed) {
  if (const Json* found = find(key)) {
    if (found->is_string() && std::find(allowed.begin(), allowed.end(), found->get<std::string>()) != allowed.end()) {
      value = found->get<std::string>();
      return;
    }
    std::string message = format("expected one of {}, got {}", fmt::join(allowed, ", "), shown(*found));
    if (found->is_string()) {
      if (const auto near = nearest_name(found->get<std::string>(), allowed)) {
        message += format("; did you mean {}?", *near);
      }
    }
    problem(key, message);
  }
}

const Json& JsonReader::object(const std::string& key) {
  static const Json empty = Json::object();
  const Json* found = find(key);
  if (found == nullptr) {
    return empty;
  }
  if (!found->is_object()) {
    problem(key, format("expected an object, got {}", shown(*found)));
    return empty;
  }
  return *found;
}

const Json& JsonReader::array(const std::string& key) {
  static const Json empty = Json::array();
  const Json* found = find(key);
  if (found == nullptr) {
    return empty;
  }
  if (!found->is_array()) {
    problem(key, format("expected a list, got {}", shown(*found)));
    return empty;
  }
  return *found;
}

const Json* JsonReader::any(const std::string& key) { return find(key); }

void JsonReader::require(const std::string& key) {
  if (object_.is_object() && !object_.contains(key)) {
    problem(key, "is missing");
  }
}

void JsonReader::finish() {
  if (!object_.is_object()) {
    return;
  }
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) {
      continue;
    }
    const auto near = nearest_name(key, known_);
    problem(key, near ? format("unknown key; did you mean {}?", *near) : format("unknown key; known are {}", fmt::join(known_, ", ")));
  }
}

}  // namespace darkroom
