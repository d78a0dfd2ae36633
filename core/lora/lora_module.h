// SPDX-License-Identifier: Apache-2.0
// Shapes: O output channels, I input channels, K kernel width, R rank; LoKr's factors are [A,C] and [B,D] with O = A·B and I = C·D.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/weight_files.h"
#include "core/lora/lora_key.h"

namespace darkroom {

/// How a layer's change is made of the tensors that the file holds for it.
enum class LoraKind {
  low_rank,   ///< LoRA, LoCon: up · mid · down
  hadamard,   ///< LoHa: (hada_w1_a · hada_w1_b) ∘ (hada_w2_a · hada_w2_b), with the cores hada_t1 and hada_t2 of Tucker decompositions
  kronecker,  ///< LoKr: w1 ⊗ w2, each whole or a product of two; w2 with the core lokr_t2
  difference  ///< the difference itself
};

/// The tensors of a product of two matrices: left · right, or left · core · right of a convolution's Tucker decomposition.
struct LoraProduct {
  LoraRole left;                 ///< [O,R]
  LoraRole right;                ///< [R,I], [R,I·K·K] or [R,I,K,K]; beside a core [R,I]
  std::optional<LoraRole> core;  ///< [P,R,K,K] with P the rank of left
  bool turned = false;           ///< beside a core left is [P,O]: so LyCORIS writes all but LoRA
};
inline constexpr LoraProduct lora_product = {LoraRole::up, LoraRole::down, LoraRole::mid};
inline constexpr LoraProduct hada_product_1 = {LoraRole::hada_w1_a, LoraRole::hada_w1_b, LoraRole::hada_t1, true};
inline constexpr LoraProduct hada_product_2 = {LoraRole::hada_w2_a, LoraRole::hada_w2_b, LoraRole::hada_t2, true};
inline constexpr LoraProduct lokr_product_1 = {LoraRole::lokr_w1_a, LoraRole::lokr_w1_b, std::nullopt};
inline constexpr LoraProduct lokr_product_2 = {LoraRole::lokr_w2_a, LoraRole::lokr_w2_b, LoraRole::lokr_t2, true};

/// Which of a layer's parameters is changed.
enum class LoraField { weight, bias };

/// What a file does to one parameter: W' = W + scale · strength · change, or with dora_scale W' = W + scale · (m · V / |V| - W) where
/// V = W + strength · change, m is dora_scale and |V| the norms over all but the axis that m lies along.
struct LoraModule {
  LoraPart part = LoraPart::unet;
  std::string layer;  ///< LoraKey::layer
  LoraField field = LoraField::weight;
  LoraKind kind = LoraKind::low_rank;
  std::map<LoraRole, std::string> tensors;  ///< names in the file
  std::vector<int64_t> shape;               ///< of the change: [O,I], [O,I,K,K], [O]; [O,I·K·K] too where the factors do not tell K
  int64_t rank = 0;                         ///< what alpha is divided by; 0 where nothing is factored
  double strength = 1;  ///< alpha / rank (alpha / sqrt(rank) where PEFT's settings say so); 1 without an alpha or a rank

  bool has(LoraRole role) const { return tensors.contains(role); }
  /// Empty when the file has none.
  std::string name(LoraRole role) const;
};

/// Fills in kind, shape and rank of a module by its tensors' names and extents; the tensors themselves are not read.
/// returns  what keeps them from being a change: a part that is missing, two kinds at once, extents that do not fit each other, rank 0,
///          integers; absent when nothing does
std::optional<std::string> settle_lora_module(LoraModule& module, const WeightFiles& file);

/// Whether a change of this shape is one of a parameter of that shape: [O,I] and [O,I,1,1] are the same layer, and [O,I·K·K] is
/// [O,I,K,K] where the kind's factors are matrices anyway.
bool fits(const LoraModule& module, const std::vector<int64_t>& parameter_shape);

/// "[4,6]"
std::string shape_text(const std::vector<int64_t>& shape);

}  // namespace darkroom
