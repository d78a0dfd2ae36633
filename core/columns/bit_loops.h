// SPDX-License-Identifier: Apache-2.0
// Loops over words of bits, a copy for each level of x86-64.
#pragma once

#include <cstddef>
#include <cstdint>

namespace darkroom::columns {

/// to &= from
void and_into(uint64_t* to, const uint64_t* from, size_t words);
uint64_t count_ones(const uint64_t* bits, size_t words);
/// How many bits differ.
uint64_t count_changes(const uint64_t* before, const uint64_t* after, size_t words);
/// added = after & ~before, removed = before & ~after
void split_changes(const uint64_t* before, const uint64_t* after, size_t words, uint64_t* added, uint64_t* removed);

}  // namespace darkroom::columns
