// SPDX-License-Identifier: Apache-2.0
// Walks over an ArchiveTree that may be hostile: a shared node is looked at once, and the number of paths is never the cost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/torch_archive_tree.h"

namespace darkroom {

/// Containers within containers, the root counted as the first.
inline constexpr uint8_t max_archive_depth = 64;

/// What one look at everything below the root says.
struct ArchiveSurvey {
  /// Why the tree cannot be a checkpoint: a cycle, nesting beyond max_archive_depth, a key that a dict cannot have or has twice.
  std::optional<std::string> problem;
  /// By id: 0 not below the root; else 1 + the longest way down.
  std::vector<uint8_t> heights;
  /// By id: whether a tensor is it or below it.
  std::vector<bool> holds_tensor;
  /// By id: how often it is referred to, 2 meaning "more than once".
  std::vector<uint8_t> references;
};

/// Linear in nodes and references; uses no recursion.
ArchiveSurvey survey_archive(const ArchiveTree& tree);

/// A path of keys joined by "." and the tensor at its end.
struct NamedArchiveTensor {
  std::string name;
  uint32_t id = 0;
};

/// Bounds of name_archive_tensors.
struct NamingLimits {
  size_t tensors = 200'000;
  size_t steps = 10'000'000;  ///< entries looked at
  size_t name_bytes = 4096;
  size_t total_name_bytes = 0;
};

/// All paths from the root to tensors, in the file's order. The survey must be of this tree and without a problem.
/// returns  the names, or why there are none: a limit is passed, or two tensors have the same name
std::pair<std::vector<NamedArchiveTensor>, std::optional<std::string>> name_archive_tensors(const ArchiveTree& tree,
                                                                                            const ArchiveSurvey& survey,
                                                                                            const NamingLimits& limits);

/// Text from a file, fit to stand in a message: control characters and broken UTF-8 as "?", cut after 120 bytes.
std::string printable(std::string_view text);

/// Whether text is valid UTF-8 (no overlong forms, surrogates, or code points beyond U+10FFFF).
bool is_utf8(std::string_view text);

}  // namespace darkroom
