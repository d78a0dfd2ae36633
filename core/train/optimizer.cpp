// SPDX-License-Identifier: Apache-2.0
// AdamW and its 8-bit form. A state is bound to its arena's memory format: moments are stored as the slots' shapes, and 8-bit scales, which
// belong to blocks of memory, beside the format that they were made in.
#include "core/train/optimizer.h"

#include "core/base/format.h"
#include "core/kernels/adamw8bit.h"
#include "core/kernels/adamw_ema.h"
#include "core/train/adafactor_optimizer.h"
#include "core/train/optimizer_state.h"

namespace darkroom {
namespace {

AdamwEmaStep adamw_step(const OptimizerPlan& plan, double clip_norm, const OptimizerStep& step) {
  return {.lr = step.lr,
          .beta1 = plan.beta1,
          .beta2 = plan.beta2,
          .eps = plan.eps,
          .weight_decay = plan.weight_decay,
          .step = step.update,
          .clip_norm = clip_norm,
          .ema_decay = step.ema_decays.at(0),
          .more_ema_decays = {step.ema_decays.begin() + 1, step.ema_decays.end()}};
}

// Without the moments.
AdamwEmaBuffers buffers_of(const ParameterArena& arena) {
  AdamwEmaBuffers buffers{.master = arena.flat(ArenaBuffer::master),
                          .gradient = arena.flat(ArenaBuffer::gradient),
                          .exp_avg = {},
                          .exp_avg_sq = {},
                          .ema = arena.flat(ArenaBuffer::ema)};
  if (arena.options().working_dtype == torch::kBFloat16) {
    buffers.working = arena.flat(ArenaBuffer::working);
  }
  for (size_t i = 1; i < arena.options().emas; ++i) {
    buffers.more_emas.push_back(arena.flat(ema_buffers.at(i)));
  }
  return buffers;
}

class Adamw final : public Optimizer {
 public:
  Adamw(OptimizerPlan plan, double clip_norm, ParameterArena& arena)
      : plan_(std::move(plan)), clip_norm_(clip_norm), arena_(arena), buffers_(buffers_of(arena)) {
    buffers_.exp_avg = arena.flat(ArenaBuffer::exp_avg);
    buffers_.exp_avg_sq = arena.flat(ArenaBuffer::exp_avg_sq);
  }

  void step(const OptimizerStep& step, const torch::Tensor& gradient_norm) override {
    adamw_ema_step(buffers_, adamw_step(plan_, clip_norm_, step), gradient_norm);
  }
  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> tensors;
    for (int i = 0; i < arena_.layout().size(); ++i) {
      const std::string& name = arena_.layout().slot(i).name;
      tensors.push_back({"exp_avg." + name, arena_.view(ArenaBuffer::exp_avg, i)});
      tensors.push_back({"exp_avg_sq." + name, arena_.view(ArenaBuffer::exp_avg_sq, i)});
    }
    return tensors;
  }
  std::vector<std::string> parts() const override { return {"exp_avg", "exp_avg_sq"}; }
  void reset() override {
    buffers_.exp_avg.zero_();
    buffers_.exp_avg_sq.zero_();
  }
  void load(const OptimizerState& from, const std::string& where) override { copy_state(from, state(), where); }

 private:
  OptimizerPlan plan_;
  double clip_norm_;
  ParameterArena& arena_;
  AdamwEmaBuffers buffers_;
};

// Where each slot's blocks stand in the list of all blocks.
struct SlotBlocks {
  torch::Tensor begin;               ///< int64 [K], elements
  torch::Tensor count;               ///< int64 [K]
  std::vector<int64_t> first_block;  ///< one a slot, and the end
};

SlotBlocks blocks_of(const ParameterLayout& layout) {
  std::vector<int64_t> begin;
  std::vector<int64_t> count;
  SlotBlocks blocks;
  for (const ParameterSlot& slot : layout.all_slots()) {
    blocks.first_block.push_back(static_cast<int64_t>(begin.size()));
    for (int64_t done = 0; done < slot.numel; done += quantization_block) {
      begin.push_back(slot.offset + done);
      count.push_back(std::min(quantization_block, slot.numel - done));
    }
  }
  blocks.first_block.push_back(static_cast<int64_t>(begin.size()));
  blocks.begin = torch::tensor(begin, torch::kInt64);
  blocks.count = torch::tensor(count, torch::kInt64);
  return blocks;
}

// Bytes of a slot -> the values that they stand for, in the slot's shape.
torch::Tensor decoded(const torch::Tensor& bytes, const torch::Tensor& scale, const torch::Tensor& code, const ParameterSlot& slot,
                      ConvolutionMemory memory) {
  const torch::Tensor in_memory = stored_order(bytes, memory);
  const torch::Tensor values =
      code.cpu().index_select(0, in_memory.to(torch::kInt64)) * scale.repeat_interleave(quantization_block).slice(0, 0, slot.numel);
  return as_slot(values, slot, memory);
}

class Adamw8bit final : public Optimizer {
 public:
  Adamw8bit(OptimizerPlan plan, double clip_norm, ParameterArena& arena)
      : plan_(std::move(plan)),
        clip_norm_(clip_norm),
        arena_(arena),
        buffers_(buffers_of(arena)),
        blocks_(blocks_of(arena.layout())),
        moments_(fresh_moments()),
        format_(torch::full({1}, static_cast<int64_t>(arena.options().convolution_memory), torch::kInt64)) {}

  void step(const OptimizerStep& step, const torch::Tensor& gradient_norm) override {
    adamw8bit_step(buffers_, moments_, adamw_step(plan_, clip_norm_, step), gradient_norm);
  }

  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> tensors{{"q8_format.channels_last", format_}};
    for (int i = 0; i < arena_.layout().size(); ++i) {
      const ParameterSlot& slot = arena_.layout().slot(i);
      const ConvolutionMemory memory = arena_.options().convolution_memory;
      tensors.push_back({"exp_avg_q8." + slot.name, slot_view(moments_.exp_avg, slot, memory)});
      tensors.push_back({"exp_avg_scale." + slot.name, scales(moments_.exp_avg_scale, i)});
      tensors.push_back({"exp_avg_sq_q8." + slot.name, slot_view(moments_.exp_avg_sq, slot, memory)});
      tensors.push_back({"exp_avg_sq_scale." + slot.name, scales(moments_.exp_avg_sq_scale, i)});
    }
    return tensors;
  }

  std::vector<std::string> parts() const override {
    return {"q8_format", "exp_avg_q8", "exp_avg_scale", "exp_avg_sq_q8", "exp_avg_sq_scale"};
  }

  void reset() override { moments_ = fresh_moments(); }

  void load(const OptimizerState& from, const std::string& where) override {
    const torch::Tensor format = state_tensor(from, {"q8_format.channels_last", format_}, where);
    if (format.equal(format_)) {
      copy_state(from, state(), where);
      return;
    }
    // Blocks of another order: the values are laid out anew and rounded once more.
    const auto memory = static_cast<ConvolutionMemory>(format.item<int64_t>());
    for (int i = 0; i < arena_.layout().size(); ++i) {
      const std::string& name = arena_.layout().slot(i).name;
      encode_slot(i, "exp_avg", name, from, where, memory, moments_.signed_code, moments_.exp_avg, moments_.exp_avg_scale);
      encode_slot(i, "exp_avg_sq", name, from, where, memory, moments_.unsigned_code, moments_.exp_avg_sq, moments_.exp_avg_sq_scale);
    }
  }

 private:
  QuantizedMoments fresh_moments() const {
    return zero_moments(arena_.layout().flat_size(), blocks_.begin, blocks_.count, arena_.options().device);
  }

  torch::Tensor scales(const torch::Tensor& all, int slot) const {
    const auto i = static_cast<size_t>(slot);
    return all.narrow(0, blocks_.first_block[i], blocks_.first_block[i + 1] - blocks_.first_block[i]);
  }

  void encode_slot(int index, const std::string& part, const std::string& name, const OptimizerState& from, const std::string& where,
                   ConvolutionMemory memory, const torch::Tensor& code, const torch::Tensor& bytes, const torch::Tensor& all_scales) {
    const ParameterSlot& slot = arena_.layout().slot(index);
    const torch::Tensor byte_view = slot_view(bytes, slot, arena_.options().convolution_memory);
    const torch::Tensor scale_view = scales(all_scales, index);
    const torch::Tensor old_bytes = state_tensor(from, {part + "_q8." + name, byte_view}, where);
    const torch::Tensor old_scale = state_tensor(from, {part + "_scale." + name, scale_view}, where);
    const torch::Tensor values =
        stored_order(decoded(old_bytes.cpu(), old_scale.cpu(), code, slot, memory), arena_.options().convolution_memory);
    const torch::Tensor padded = at::constant_pad_nd(values, {0, scale_view.numel() * quantization_block - slot.numel});
    const torch::Tensor blocks = padded.view({-1, quantization_block});
    const torch::Tensor largest = blocks.abs().amax(1);
    const torch::Tensor host_code = code.cpu();
    const torch::Tensor borders = (host_code.slice(0, 0, -1) + host_code.slice(0, 1)) / 2;
    torch::Tensor nearest = at::searchsorted(borders, (blocks / largest.clamp_min(1e-38).unsqueeze(1)).contiguous());
    if (part == "exp_avg_sq") {
      nearest = at::where((nearest == 0).logical_and(blocks > 0), torch::ones({}, torch::kInt64), nearest);
    }
    bytes.narrow(0, slot.offset, slot.numel).copy_(nearest.flatten().slice(0, 0, slot.numel).to(torch::kUInt8));
    scale_view.copy_(largest);
  }

  OptimizerPlan plan_;
  double clip_norm_;
  ParameterArena& arena_;
  AdamwEmaBuffers buffers_;
  SlotBlocks blocks_;
  QuantizedMoments moments_;
  torch::Tensor format_;
};

}  // namespace

OptimizerState Optimizer::named_state() const {
  OptimizerState named;
  for (const NamedTensor& entry : state()) {
    named.emplace(entry.name, entry.tensor);
  }
  return named;
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerPlan& plan, double clip_norm, ParameterArena& arena) {
  if (plan.name == "adamw") {
    return std::make_unique<Adamw>(plan, clip_norm, arena);
  }
  if (plan.name == "adamw8bit") {
    return std::make_unique<Adamw8bit>(plan, clip_norm, arena);
  }
  if (plan.name == "adafactor") {
    return std::make_unique<AdafactorOptimizer>(plan, clip_norm, arena);
  }
  throw std::invalid_argument(format("[make_optimizer] there is no optimiser \"{}\"", plan.name));
}

Moments moments_of(const OptimizerPlan& plan) { return plan.name == "adamw" ? Moments::fp32 : Moments::none; }

int64_t optimizer_state_bytes(const OptimizerPlan& plan, const ParameterLayout& layout) {
  constexpr auto fp32 = static_cast<int64_t>(sizeof(float));
  if (plan.name == "adamw") {
    return layout.flat_size() * 2 * fp32;
  }
  if (plan.name == "adafactor") {
    return adafactor_state_elements(layout) * fp32;
  }
  constexpr int64_t per_block = 2 * fp32 + 2 * static_cast<int64_t>(sizeof(int64_t));  // two scales, where it starts and how long it is
  return layout.flat_size() * 2 + blocks_of(layout).begin.numel() * per_block;
}

}  // namespace darkroom
