// SPDX-License-Identifier: Apache-2.0
// Captions are encoded one by one: a matrix product may sum a row in another order in another batch size, and then the states would depend
// on what was remembered. The mask follows from the ids, so the ids are the key.
#include "core/train/text_conditioning.h"

namespace darkroom {

TextConditioning::TextConditioning(const LoadedTextEncoder& text, torch::Device device, bool use_mask, int64_t bytes)
    : text_(text), device_(device), use_mask_(use_mask) {
  const int64_t each = text.model->length() * text.model->width() * static_cast<int64_t>(text.weights.front().element_size());
  capacity_ = std::max<int64_t>(bytes / each, 1);
}

torch::Tensor TextConditioning::encode(const torch::Tensor& ids_BL, const torch::Tensor& mask_BL) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor ids = ids_BL.contiguous();
  const auto row_bytes = static_cast<size_t>(ids.size(1)) * sizeof(int64_t);
  std::vector<torch::Tensor> rows;
  rows.reserve(static_cast<size_t>(ids.size(0)));
  for (int64_t row = 0; row < ids.size(0); ++row) {
    std::string key(reinterpret_cast<const char*>(ids.data_ptr<int64_t>() + row * ids.size(1)), row_bytes);
    const auto found = by_ids_.find(key);
    if (found != by_ids_.end()) {
      recent_.splice(recent_.begin(), recent_, found->second);
      ++reused_;
    } else {
      std::optional<torch::Tensor> mask;
      if (use_mask_) {
        mask = mask_BL.narrow(0, row, 1).to(device_);
      }
      torch::Tensor states_LD = text_.model->encode(text_.weights, ids.narrow(0, row, 1).to(device_), mask).squeeze(0);
      recent_.push_front({key, std::move(states_LD)});
      by_ids_[std::move(key)] = recent_.begin();
      ++encoded_;
      if (static_cast<int64_t>(recent_.size()) > capacity_) {
        by_ids_.erase(recent_.back().ids);
        recent_.pop_back();
      }
    }
    rows.push_back(recent_.front().states_LD);
  }
  return torch::stack(rows);
}

}  // namespace darkroom
