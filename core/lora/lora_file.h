// SPDX-License-Identifier: Apache-2.0
// A LoRA or one of its kin as it lies on disk: which layers it changes, by how much, and the tensors that say how.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/checkpoint/weight_files.h"
#include "core/lora/lora_card.h"
#include "core/lora/lora_module.h"

namespace darkroom {

/// A LoRA in a .safetensors or torch.save file; thread-safe after construction. Its layers may be of any of the kinds of lora_module.h,
/// each of its own: LoRA, LoCon, LoHa, LoKr, with or without Tucker cores and DoRA's lengths, and whole differences of weights, biases and
/// norms.
///
/// Reads the header and the alphas; the matrices are mapped and read when they are merged. Needs no model: whether the layers exist there
/// is for lora_targets (lora_merge.h).
class LoraFile {
 public:
  /// throws  Error{not_found | io}; Error{bad_input} naming the file and every layer that is wrong: half a pair, extents that do not fit
  /// each other, rank 0, an alpha of 0 or no number, a dtype that is not a float; or the kind of file when it is another adapter ((IA)³,
  /// OFT, GLoRA, PEFT's DoRA, LoHa and LoKr, SDXL) or none
  explicit LoraFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }
  /// Sorted by the names in the file.
  const std::vector<LoraModule>& modules() const { return modules_; }
  /// Tensors that are no part of a LoRA; they change nothing and should be shown.
  const std::vector<std::string>& unknown() const { return unknown_; }
  const LoraCard& card() const { return card_; }
  /// Parameters of one part that are changed.
  int64_t count(LoraPart part) const;
  /// The largest of the layers.
  int64_t rank() const;

  const TensorInfo& info(const std::string& name) const { return file_.info(name); }
  /// A CPU tensor over the mapped file.
  torch::Tensor tensor(const std::string& name) const { return file_.tensor(name); }

 private:
  WeightFiles file_;
  std::vector<LoraModule> modules_;
  std::vector<std::string> unknown_;
  LoraCard card_;
};

}  // namespace darkroom
