// SPDX-License-Identifier: Apache-2.0
// Strict reading of JSON that people write: every problem is named with its JSON pointer (RFC 6901), and all are found in one pass.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace darkroom {

/// One thing that is wrong, and where.
struct Problem {
  std::string pointer;  ///< "/phases/0/peak_lr"
  std::string message;  ///< a sentence: "expected a number from 0 to 1, got \"high\""
};

/// The candidate nearest to `word` by edit distance, when it is near enough to be meant.
std::optional<std::string> nearest_name(std::string_view word, const std::vector<std::string>& candidates);

/// Reads the members of one JSON object, and remembers which were asked for.
///
/// A missing member leaves the default; a wrong one adds a problem and leaves the default, so that reading goes on.
/// `finish()` reports the members that nobody asked for, with the nearest right name. Not thread-safe; the JSON must outlive it.
class JsonReader {
 public:
  JsonReader(const Json& object, std::string pointer, std::vector<Problem>& problems);

  bool has(const std::string& key) const;

  void read(const std::string& key, bool& value);
  void read(const std::string& key, std::string& value);
  void read(const std::string& key, int64_t& value, int64_t min = std::numeric_limits<int64_t>::min(),
            int64_t max = std::numeric_limits<int64_t>::max());
  void read(const std::string& key, double& value, double min = -std::numeric_limits<double>::infinity(),
            double max = std::numeric_limits<double>::infinity());
  /// One of `allowed`.
  void read_choice(const std::string& key, std::string& value, const std::vector<std::string>& allowed);

  /// The member object; an empty object when it is missing; a problem and an empty object when it is something else.
  const Json& object(const std::string& key);
  /// The member array; likewise.
  const Json& array(const std::string& key);
  /// Any value, or nullptr; marks the key as known.
  const Json* any(const std::string& key);

  void require(const std::string& key);
  void problem(const std::string& key, const std::string& message);
  std::string pointer_to(const std::string& key) const;

  /// Adds a problem for each member that was never asked for.
  void finish();

 private:
  const Json* find(const std::string& key);

  const Json& object_;
  std::string pointer_;
  std::vector<Problem>& problems_;
  std::vector<std::string> known_;
};

}  // namespace darkroom
