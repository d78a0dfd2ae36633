// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace darkroom {

/// Words of a column as they are met, from all threads.
class WordTable {
 public:
  static constexpr size_t most_words = 254;

  /// 1 + the place of the word; 0 when there is no room for it.
  uint8_t code_of(const std::string& word) {
    const std::lock_guard lock(mutex_);
    const auto found = codes_.find(word);
    if (found != codes_.end()) {
      return found->second;
    }
    if (words_.size() == most_words) {
      return 0;
    }
    words_.push_back(word);
    const auto code = static_cast<uint8_t>(words_.size());
    codes_.emplace(word, code);
    return code;
  }
  /// Once no thread adds any more.
  const std::vector<std::string>& words() const { return words_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> words_;
  std::unordered_map<std::string, uint8_t> codes_;
};

}  // namespace darkroom
