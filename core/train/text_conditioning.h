// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, L tokens, D width of the text states.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "core/model/model_folder.h"

namespace darkroom {

/// The frozen text encoder, with a bounded memory of what it has encoded: captions come again in every epoch, and the empty caption of the
/// guidance dropout in nearly every batch. Not thread-safe.
///
/// A row's states do not depend on the batch that it was encoded in: each caption is encoded by itself, so a full and an empty memory give
/// the same bits and a resumed run goes on exactly.
class TextConditioning {
 public:
  static constexpr int64_t default_bytes = int64_t{1} << 29;

  /// text      must outlive this
  /// use_mask  the encoder is given the caption's attention mask (models of the source run)
  /// bytes     of states that are kept at most; the least recently used go first
  TextConditioning(const LoadedTextEncoder& text, torch::Device device, bool use_mask, int64_t bytes = default_bytes);

  /// ids_BL, mask_BL  int64 [B,L] on the CPU
  /// returns          [B,L,D] in the encoder's dtype, on the device, without gradient
  torch::Tensor encode(const torch::Tensor& ids_BL, const torch::Tensor& mask_BL);

  int64_t encoded() const { return encoded_; }  ///< captions that went through the encoder
  int64_t reused() const { return reused_; }    ///< captions that were remembered

 private:
  struct Entry {
    std::string ids;
    torch::Tensor states_LD;
  };

  const LoadedTextEncoder& text_;
  torch::Device device_;
  bool use_mask_;
  int64_t capacity_;
  int64_t encoded_ = 0;
  int64_t reused_ = 0;
  std::list<Entry> recent_;  ///< most recent first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_ids_;
};

}  // namespace darkroom
