// SPDX-License-Identifier: Apache-2.0
// Which of millions of 64-bit perceptual hashes are nearly the same.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/cancel_token.h"

namespace darkroom {

/// Distance up to which pictures count as the same: cropped by a few pixels, scaled, compressed again.
inline constexpr int default_hash_distance = 4;
/// Beyond it the search would have to look into too many places.
inline constexpr int largest_hash_distance = 11;

/// Groups hashes that differ in at most `distance` of 64 bits; a chain of such pairs is one group.
///
/// Multi-index hashing: the bits are dealt to four words of 16, and two hashes within distance d have at least one word within d / 4
/// (rounded down), so only hashes that share nearly a word are compared. For hashes that are spread evenly the time grows a little faster
/// than the number of hashes. Exact: no pair is missed.
///
/// returns  for each hash the index of the first hash of its group; equal to its own index for the first, and for those alone
/// throws   std::invalid_argument: a distance outside 0…11, more than 2^32 - 2 hashes; Error{cancelled}
/// memory   about 30 bytes a hash
/// source   Norouzi, Punjani, Fleet 2012, "Fast Search in Hamming Space with Multi-Index Hashing", arXiv:1307.2982
std::vector<uint32_t> near_duplicate_groups(std::span<const uint64_t> hashes, int distance, int threads = 0,
                                            const CancelToken& cancel = CancelToken());

}  // namespace darkroom
