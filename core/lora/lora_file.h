// SPDX-License-Identifier: Apache-2.0
// A LoRA as it lies on disk: which layers it changes, by how much, and the tensors that say how.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/weight_files.h"
#include "core/lora/lora_card.h"
#include "core/lora/lora_key.h"

namespace darkroom {

/// What a file does to one layer: W' = W + scale · strength · up · mid · down.
struct LoraModule {
  LoraPart part = LoraPart::unet;
  std::string layer;  ///< LoraKey::layer
  std::string down;   ///< names of the tensors in the file
  std::string up;
  std::optional<std::string> mid;
  int64_t rank = 0;
  double strength = 1;  ///< alpha / rank (alpha / sqrt(rank) where PEFT's settings say so); 1 without an alpha
};

/// A LoRA in a .safetensors or torch.save file, with plain, convolution (LoCon) and Tucker layers. Thread-safe after construction.
///
/// Reads the header and the alphas; the matrices are mapped and read when they are merged. Needs no model: whether the layers exist there
/// is for lora_targets (lora_merge.h).
class LoraFile {
 public:
  /// throws  Error{not_found | io}; Error{bad_input} naming the file and every layer that is wrong: half a pair, extents that do not fit
  /// each other, rank 0, an alpha of 0 or no number, a dtype that is not a float; or the kind of file when it is another adapter (DoRA,
  /// LoHa, LoKr, (IA)³, OFT, GLoRA, whole differences, SDXL) or none
  explicit LoraFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }
  /// Sorted by the names in the file.
  const std::vector<LoraModule>& modules() const { return modules_; }
  /// Tensors that are no part of a LoRA; they change nothing and should be shown.
  const std::vector<std::string>& unknown() const { return unknown_; }
  const LoraCard& card() const { return card_; }
  /// Layers of one part.
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
