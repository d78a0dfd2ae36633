// SPDX-License-Identifier: Apache-2.0
// Reads the config.json of a model part: defaults where a key is missing or null, an Error that names file and key where it cannot be
// right.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace darkroom {

/// Remembers which keys were asked for, so that `finish` can name the others. The JSON must outlive it.
class ConfigReader {
 public:
  /// throws Error{bad_input} when `json` is not an object
  ConfigReader(const Json& json, std::string_view where);

  /// Missing or null gives the default. throws Error{bad_input} naming the key when it is not a whole number >= min
  int64_t integer(const std::string& key, int64_t missing, int64_t min);
  std::optional<int64_t> optional_integer(const std::string& key, int64_t min);
  double number(const std::string& key, double missing);
  bool boolean(const std::string& key, bool missing);
  std::string text(const std::string& key, const std::string& missing);
  /// A list of `count` whole numbers, or one number that stands for all of them.
  std::vector<int64_t> integers(const std::string& key, int64_t missing, int64_t min, size_t count);
  /// A list of whole numbers that must be there.
  std::vector<int64_t> integer_list(const std::string& key, int64_t min);
  /// A list of names out of `allowed`, `count` long.
  std::vector<std::string> names(const std::string& key, const std::vector<std::string>& allowed, size_t count);

  /// The key asks for a part that is not built here unless it is missing, null or one of `allowed`.
  void require_plain(const std::string& key, const std::vector<Json>& allowed = {});
  /// A key that changes nothing here.
  void ignore(const std::string& key) { known_.push_back(key); }
  /// throws Error{bad_input} for a key that nobody asked for and that does not start with "_", with the nearest right name
  void finish() const;

  /// throws Error{bad_input} "<where>: "<key>" is <value>: <expected>"
  [[noreturn]] void reject(const std::string& key, const std::string& expected) const;

 private:
  const Json* find(const std::string& key);

  const Json& json_;
  std::string where_;
  std::vector<std::string> known_;
};

}  // namespace darkroom
