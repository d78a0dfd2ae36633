// SPDX-License-Identifier: Apache-2.0
#include "core/checkpoint/host_copy.h"

#include <c10/core/Storage.h>

#include <unordered_map>

namespace darkroom {
namespace {

class StorageCopies {
 public:
  torch::Tensor copy_of(const torch::Tensor& tensor) {
    const auto element = static_cast<int64_t>(tensor.element_size());
    const auto bytes = static_cast<int64_t>(tensor.storage().nbytes());
    torch::Tensor& copy = copies_[tensor.storage().unsafeGetStorageImpl()];
    if (!copy.defined()) {
      // The whole memory as bytes, whatever its tensors hold.
      const torch::Tensor whole = at::empty({0}, tensor.options().dtype(torch::kUInt8)).set_(tensor.storage(), 0, {bytes}, {1});
      copy = at::empty({bytes}, at::TensorOptions().dtype(torch::kUInt8).pinned_memory(tensor.is_cuda()));
      copy.copy_(whole);
    }
    const torch::Tensor typed =
        bytes % element == 0 ? copy.view(tensor.scalar_type()) : copy.slice(0, 0, bytes / element * element).view(tensor.scalar_type());
    return typed.as_strided(tensor.sizes(), tensor.strides(), tensor.storage_offset());
  }

 private:
  std::unordered_map<c10::StorageImpl*, torch::Tensor> copies_;
};

}  // namespace

CheckpointContent host_copy(const CheckpointContent& content) {
  const torch::NoGradGuard no_grad;
  CheckpointContent copy{.layout = content.layout, .unet_config = content.unet_config, .facts = content.facts};
  StorageCopies copies;
  for (const torch::Tensor& tensor : content.master) {
    copy.master.push_back(copies.copy_of(tensor));
  }
  for (const torch::Tensor& tensor : content.ema) {
    copy.ema.push_back(copies.copy_of(tensor));
  }
  for (const Weights& ema : content.more_emas) {
    Weights& average = copy.more_emas.emplace_back();
    for (const torch::Tensor& tensor : ema) {
      average.push_back(copies.copy_of(tensor));
    }
  }
  for (const NamedTensor& entry : content.state) {
    copy.state.push_back({entry.name, copies.copy_of(entry.tensor)});
  }
  return copy;
}

}  // namespace darkroom
