// SPDX-License-Identifier: Apache-2.0
// From a device the bytes go through two small page-locked pieces in turn: while one is filled by the device, the other is emptied by all
// threads. Page-locking the copy itself would take seconds for each save, or hold that memory locked for ever.
#include "core/checkpoint/host_copy.h"

#include <ATen/Parallel.h>
#include <c10/core/Event.h>
#include <c10/core/Storage.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

namespace darkroom {
namespace {

constexpr int64_t staging_bytes = int64_t{32} << 20;
constexpr int64_t touch_bytes = int64_t{64} << 20;  // between two looks whether the run ends
constexpr int64_t copy_grain = int64_t{1} << 20;    // bytes worth a thread

at::TensorOptions bytes_on_host() { return at::TensorOptions().dtype(torch::kUInt8); }

// The whole memory as bytes, whatever its tensors hold.
torch::Tensor byte_view(const torch::Tensor& tensor) {
  return at::empty({0}, tensor.options().dtype(torch::kUInt8))
      .set_(tensor.storage(), 0, {static_cast<int64_t>(tensor.storage().nbytes())}, {1});
}

// Content: CheckpointContent, const or not.
template <typename Content, typename Visit>
void for_each_tensor(Content& content, const Visit& visit) {
  std::for_each(content.master.begin(), content.master.end(), visit);
  std::for_each(content.ema.begin(), content.ema.end(), visit);
  for (auto& ema : content.more_emas) {
    std::for_each(ema.begin(), ema.end(), visit);
  }
  for (auto& entry : content.state) {
    visit(entry.tensor);
  }
}

}  // namespace

// The copies that one checkpoint needs, each memory once.
class HostCopier::StorageCopies {
 public:
  explicit StorageCopies(HostCopier& copier) : copier_(copier) {}

  torch::Tensor copy_of(const torch::Tensor& tensor) {
    const auto element = static_cast<int64_t>(tensor.element_size());
    const auto bytes = static_cast<int64_t>(tensor.storage().nbytes());
    torch::Tensor& copy = copies_[tensor.storage().unsafeGetStorageImpl()];
    if (!copy.defined()) {
      if (tensor.is_cpu()) {
        copy = byte_view(tensor).clone();
      } else {
        copy = copier_.kept_block(bytes);
        copier_.copy_from_device(byte_view(tensor), copy);
      }
    }
    const torch::Tensor typed =
        bytes % element == 0 ? copy.view(tensor.scalar_type()) : copy.slice(0, 0, bytes / element * element).view(tensor.scalar_type());
    return typed.as_strided(tensor.sizes(), tensor.strides(), tensor.storage_offset());
  }

 private:
  HostCopier& copier_;
  std::unordered_map<c10::StorageImpl*, torch::Tensor> copies_;
};

HostCopier::~HostCopier() {
  ending_ = true;
  if (preparing_.valid()) {
    preparing_.wait();
  }
}

void HostCopier::prepare(const CheckpointContent& content) {
  std::unordered_set<c10::StorageImpl*> seen;
  std::vector<torch::Tensor> fresh;
  for_each_tensor(content, [&](const torch::Tensor& tensor) {
    if (!tensor.is_cpu() && seen.insert(tensor.storage().unsafeGetStorageImpl()).second) {
      fresh.push_back(kept_block(static_cast<int64_t>(tensor.storage().nbytes())));  // held, so that the next one is another
    }
  });
  if (fresh.empty()) {
    return;
  }
  preparing_ = std::async(std::launch::async, [this, fresh = std::move(fresh)]() mutable {
    for (torch::Tensor& block : fresh) {
      auto* const begin = block.mutable_data_ptr<uint8_t>();
      for (int64_t at = 0; at < block.numel() && !ending_; at += touch_bytes) {
        std::memset(begin + at, 0, static_cast<size_t>(std::min(touch_bytes, block.numel() - at)));
      }
    }
    fresh.clear();
  });
}

// The smallest kept one that is free and large enough, else a new one.
torch::Tensor HostCopier::kept_block(int64_t bytes) {
  const torch::Tensor* best = nullptr;
  for (const torch::Tensor& block : blocks_) {
    const bool is_free = block.storage().use_count() == 1 && block.use_count() == 1;
    if (is_free && block.numel() >= bytes && (best == nullptr || block.numel() < best->numel())) {
      best = &block;
    }
  }
  const torch::Tensor& block = best != nullptr ? *best : blocks_.emplace_back(at::empty({bytes}, bytes_on_host()));
  return block.numel() == bytes ? block : block.narrow(0, 0, bytes);
}

void HostCopier::copy_from_device(const torch::Tensor& bytes, torch::Tensor& to) {
  for (torch::Tensor& piece : staging_) {
    if (!piece.defined()) {
      piece = at::empty({staging_bytes}, bytes_on_host().pinned_memory(true));
    }
  }
  const c10::Stream stream = c10::impl::VirtualGuardImpl(bytes.device().type()).getStream(bytes.device());
  std::array<c10::Event, 2> arrived{c10::Event(bytes.device().type()), c10::Event(bytes.device().type())};
  const int64_t total = bytes.numel();
  const auto length_at = [total](int64_t at) { return std::min(staging_bytes, total - at); };
  const auto fetch = [&](int64_t at) {
    const auto side = static_cast<size_t>(at / staging_bytes % 2);
    staging_[side].narrow(0, 0, length_at(at)).copy_(bytes.narrow(0, at, length_at(at)), /*non_blocking=*/true);
    arrived[side].record(stream);
  };
  if (total > 0) {
    fetch(0);
  }
  for (int64_t at = 0; at < total; at += staging_bytes) {
    const auto side = static_cast<size_t>(at / staging_bytes % 2);
    if (at + staging_bytes < total) {
      fetch(at + staging_bytes);
    }
    arrived[side].synchronize();
    const auto* const from = staging_[side].const_data_ptr<uint8_t>();
    auto* const into = to.mutable_data_ptr<uint8_t>() + at;
    at::parallel_for(0, length_at(at), copy_grain,
                     [&](int64_t first, int64_t last) { std::memcpy(into + first, from + first, static_cast<size_t>(last - first)); });
  }
}

CheckpointContent HostCopier::copy(const CheckpointContent& content) {
  const torch::NoGradGuard no_grad;
  if (preparing_.valid()) {
    preparing_.get();
  }
  CheckpointContent copy = content;
  StorageCopies copies(*this);
  for_each_tensor(copy, [&copies](torch::Tensor& tensor) { tensor = copies.copy_of(tensor); });
  return copy;
}

}  // namespace darkroom
