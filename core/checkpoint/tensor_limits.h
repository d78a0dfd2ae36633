// SPDX-License-Identifier: Apache-2.0
// What a file of tensors may name at most, whatever its format: a hostile one is refused before its lists fill the memory.
#pragma once

#include <cstddef>

namespace darkroom {

constexpr size_t max_tensors = 200'000;  ///< in a file; as many storages
constexpr size_t max_rank = 8;           ///< axes of a tensor

}  // namespace darkroom
