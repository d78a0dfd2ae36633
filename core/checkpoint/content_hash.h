// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <xxhash.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/base/format.h"

namespace darkroom {

/// XXH3-128 over bytes that come in pieces. Not thread-safe.
class ContentHash {
 public:
  ContentHash() { XXH3_128bits_reset(state_.get()); }

  void add(const void* bytes, size_t count) { XXH3_128bits_update(state_.get(), bytes, count); }
  void add(std::string_view text) { add(text.data(), text.size()); }
  /// 32 hex digits.
  std::string digest() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_{XXH3_createState()};
};

}  // namespace darkroom
