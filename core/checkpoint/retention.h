// SPDX-License-Identifier: Apache-2.0
// Which old checkpoints go, and that none goes which is still needed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace darkroom {

struct RetentionRule {
  int64_t keep_last = 3;            ///< of those that no other rule keeps, the newest stay
  bool keep_epochs = true;          ///< those made at the end of an epoch stay
  bool keep_best = true;            ///< the one with the smallest validation loss of its own step stays
  std::optional<int64_t> needed{};  ///< step of one that the run may still go back to: stays
};

/// Removes old checkpoints below `checkpoints` by the rule. The newest two always stay, and of those whose files have the sizes that
/// meta.json names at least one: what was damaged since never pushes out the last that is whole. Each goes by a rename to .trash first, so
/// that a half removed one is never taken for a checkpoint.
///
/// returns  the folders that were removed, oldest first
/// throws   Error{io}
std::vector<std::filesystem::path> prune_checkpoints(const std::filesystem::path& checkpoints, const RetentionRule& rule);

}  // namespace darkroom
