// SPDX-License-Identifier: Apache-2.0
// What two runs are compared by: the numbers that decide the next step, hashed from a checkpoint's files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace darkroom {

/// One buffer, or one member of meta.json, of a checkpoint.
struct StatePart {
  std::string name;  ///< "unet", "unet_ema", "exp_avg", …; "cursor", "guard", "quarantine"
  std::string hash;  ///< XXH3-128 over names, shapes and bytes, 32 hex digits
  bool operator==(const StatePart&) const = default;
};

/// Every part in a fixed order: weights, EMA, the parts of training_state.safetensors by name, the members of meta.json.
/// throws  Error{not_found | bad_input} as read_checkpoint_meta, or when a file cannot be read
std::vector<StatePart> checkpoint_state_parts(const std::filesystem::path& folder);

/// One hash over all parts. Equal for two runs exactly when they will go on alike.
std::string checkpoint_state_hash(const std::filesystem::path& folder);

/// Where two checkpoints part.
struct StateDifference {
  std::string part;    ///< of StatePart
  std::string detail;  ///< the first tensor that differs and by how much, or both values of a member
};

/// The first part that differs; absent when the two are the same to the bit.
std::optional<StateDifference> first_difference(const std::filesystem::path& left, const std::filesystem::path& right);

}  // namespace darkroom
