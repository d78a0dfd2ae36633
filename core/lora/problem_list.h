// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/format.h"

namespace darkroom {

/// Sentences about one file, thrown together. The first eight are shown: a file that does not fit is wrong in hundreds of places.
class ProblemList {
 public:
  void add(std::string problem) { problems_.push_back(std::move(problem)); }
  bool empty() const { return problems_.empty(); }

  /// throws Error{bad_input}: `head` and a line for each problem
  void throw_if_any(const std::string& head) const {
    if (problems_.empty()) {
      return;
    }
    constexpr size_t shown = 8;
    std::string text = head + ":";
    for (size_t i = 0; i < problems_.size() && i < shown; ++i) {
      text += "\n  " + problems_[i];
    }
    if (problems_.size() > shown) {
      text += format("\n  and {} more like these", problems_.size() - shown);
    }
    throw Error(ErrorCode::bad_input, text);
  }

 private:
  std::vector<std::string> problems_;
};

}  // namespace darkroom
