// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/dataset/tar_source.h"

namespace darkroom {

/// What one pass over a tar's headers found.
struct TarIndex {
  std::vector<TarMember> members;  ///< regular files, in order
  std::vector<TarReject> rejects;
  bool any_header = false;  ///< at least one block was a valid header, or the tar is empty
};

/// Reads up to the whole of `block` at `offset`; returns the bytes read (fewer at the end of the file).
using ReadAt = std::function<size_t(uint64_t offset, std::span<char> block)>;

/// Indexes a tar of `total` bytes. Pure but for `read_at`; never throws for what the bytes say.
TarIndex index_tar(uint64_t total, const ReadAt& read_at, const TarLimits& limits);

/// Groups adjacent members into samples and rejects duplicates.
std::vector<TarSample> group_samples(const std::vector<TarMember>& members, std::vector<TarReject>& rejects);

}  // namespace darkroom
