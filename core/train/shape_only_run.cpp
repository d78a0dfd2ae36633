// SPDX-License-Identifier: Apache-2.0
// The shapes that the operators give back are those of their CPU kernels in LibTorch 2.11. The registrations live as long as the object:
// nothing of this is seen by a process that forecasts nothing.
#include "core/train/shape_only_run.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <c10/core/Allocator.h>
#include <torch/library.h>

#include <algorithm>
#include <atomic>
#include <mutex>

namespace darkroom {
namespace {

// ---- counting memory

struct Counters {
  std::atomic<int64_t> live = 0;
  std::atomic<int64_t> peak = 0;
  std::atomic<double> flops = 0;

  void add(int64_t bytes) {
    const int64_t now = live += bytes;
    int64_t seen = peak;
    while (now > seen && !peak.compare_exchange_weak(seen, now)) {
    }
  }
};

Counters& counters() {
  static Counters counted;
  return counted;
}

void release(void* context) {
  const std::unique_ptr<int64_t> bytes(static_cast<int64_t*>(context));
  counters().add(-*bytes);
}

/// Hands out no memory and counts as if it did. Lives for ever: tensors may outlive the run that made them.
class CountingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    counters().add(static_cast<int64_t>(bytes));
    return {nullptr, new int64_t(static_cast<int64_t>(bytes)), release, c10::Device(c10::DeviceType::Meta)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void* /*to*/, const void* /*from*/, size_t /*count*/) const override {}
};

c10::Allocator* counting_allocator() {
  static CountingAllocator allocator;
  return &allocator;
}

// ---- operators

using OptionalTensor = std::optional<at::Tensor>;

at::MemoryFormat format_of(const at::Tensor& x, const at::Tensor& weight) {
  const bool last =
      x.suggest_memory_format() == at::MemoryFormat::ChannelsLast || weight.suggest_memory_format() == at::MemoryFormat::ChannelsLast;
  return last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
}

// A list of one value holds for both axes.
int64_t along(at::IntArrayRef values, size_t axis) { return values[values.size() == 1 ? 0 : axis]; }

void count_convolution(const at::Tensor& weight, int64_t positions) {
  counters().flops = counters().flops + 2.0 * static_cast<double>(weight.numel()) * static_cast<double>(positions);
}

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const OptionalTensor& /*bias*/, at::IntArrayRef stride,
                       at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed, at::IntArrayRef output_padding, int64_t groups) {
  std::vector<int64_t> sizes{x.size(0), transposed ? weight.size(1) * groups : weight.size(0)};
  for (size_t i = 0; i < 2; ++i) {
    const int64_t side = x.size(static_cast<int64_t>(i) + 2);
    const int64_t reach = along(dilation, i) * (weight.size(static_cast<int64_t>(i) + 2) - 1) + 1;
    sizes.push_back(transposed ? (side - 1) * along(stride, i) - 2 * along(padding, i) + reach + along(output_padding, i)
                               : (side + 2 * along(padding, i) - reach) / along(stride, i) + 1);
  }
  count_convolution(weight, transposed ? x.size(0) * x.size(2) * x.size(3) : sizes[0] * sizes[2] * sizes[3]);
  return at::empty(sizes, x.options().memory_format(format_of(x, weight)));
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight,
                                                                    at::OptionalIntArrayRef /*bias_sizes*/, at::IntArrayRef /*stride*/,
                                                                    at::IntArrayRef /*padding*/, at::IntArrayRef /*dilation*/,
                                                                    bool transposed, at::IntArrayRef /*output_padding*/, int64_t groups,
                                                                    std::array<bool, 3> wanted) {
  const at::MemoryFormat format = format_of(x, weight);
  const at::Tensor dense = grad.contiguous(format);
  const int64_t positions = transposed ? x.size(0) * x.size(2) * x.size(3) : grad.size(0) * grad.size(2) * grad.size(3);
  std::tuple<at::Tensor, at::Tensor, at::Tensor> made;
  if (wanted[0]) {
    count_convolution(weight, positions);
    std::get<0>(made) = at::empty(x.sizes(), x.options().memory_format(format));
  }
  if (wanted[1]) {
    count_convolution(weight, positions);
    std::get<1>(made) = at::empty(weight.sizes(), weight.options().memory_format(format));
  }
  if (wanted[2]) {
    std::get<2>(made) = at::empty({transposed ? weight.size(1) * groups : weight.size(0)}, weight.options());
  }
  return made;
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> layer_norm(const at::Tensor& x, at::IntArrayRef normalized, const OptionalTensor& /*weight*/,
                                                          const OptionalTensor& /*bias*/, double /*eps*/) {
  std::vector<int64_t> rows = x.sizes().vec();
  std::fill(rows.end() - static_cast<int64_t>(normalized.size()), rows.end(), 1);
  const at::Tensor mean = at::empty(rows, x.options());
  return {at::empty(x.sizes(), x.options()), mean, at::empty_like(mean)};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> layer_norm_backward(const at::Tensor& /*grad*/, const at::Tensor& x,
                                                                   at::IntArrayRef normalized, const at::Tensor& /*mean*/,
                                                                   const at::Tensor& /*rstd*/, const OptionalTensor& /*weight*/,
                                                                   const OptionalTensor& /*bias*/, std::array<bool, 3> wanted) {
  return {wanted[0] ? at::empty(x.sizes(), x.options()) : at::Tensor(), wanted[1] ? at::empty(normalized, x.options()) : at::Tensor(),
          wanted[2] ? at::empty(normalized, x.options()) : at::Tensor()};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> group_norm(const at::Tensor& x, const OptionalTensor& /*weight*/,
                                                          const OptionalTensor& /*bias*/, int64_t batch, int64_t /*channels*/,
                                                          int64_t /*area*/, int64_t groups, double /*eps*/) {
  const at::Tensor mean = at::empty({batch, groups}, x.options());
  return {at::empty_like(x), mean, at::empty_like(mean)};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> group_norm_backward(const at::Tensor& /*grad*/, const at::Tensor& x,
                                                                   const at::Tensor& /*mean*/, const at::Tensor& /*rstd*/,
                                                                   const OptionalTensor& /*weight*/, int64_t /*batch*/, int64_t channels,
                                                                   int64_t /*area*/, int64_t /*groups*/, std::array<bool, 3> wanted) {
  return {wanted[0] ? at::empty_like(x) : at::Tensor(), wanted[1] ? at::empty({channels}, x.options()) : at::Tensor(),
          wanted[2] ? at::empty({channels}, x.options()) : at::Tensor()};
}

void count_attention(const at::Tensor& q_BNLD, const at::Tensor& k_BNSD, double products) {
  counters().flops = counters().flops + products * 2.0 * static_cast<double>(q_BNLD.numel()) * static_cast<double>(k_BNSD.size(2));
}

at::Tensor heads_inside(const at::Tensor& x_BNLD) {
  return at::empty({x_BNLD.size(0), x_BNLD.size(2), x_BNLD.size(1), x_BNLD.size(3)}, x_BNLD.options()).transpose(1, 2);
}

std::tuple<at::Tensor, at::Tensor> attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& /*v*/, double /*dropout*/,
                                             bool /*causal*/, const OptionalTensor& /*mask*/, std::optional<double> /*scale*/) {
  count_attention(q, k, 2);
  return {heads_inside(q), at::empty({q.size(0), q.size(2), q.size(1)}, q.options().dtype(at::kFloat)).transpose(1, 2)};
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> attention_backward(const at::Tensor& /*grad*/, const at::Tensor& q, const at::Tensor& k,
                                                                  const at::Tensor& v, const at::Tensor& /*out*/,
                                                                  const at::Tensor& /*logsumexp*/, double /*dropout*/, bool /*causal*/,
                                                                  const OptionalTensor& /*mask*/, std::optional<double> /*scale*/) {
  count_attention(q, k, 5);
  return {heads_inside(q), heads_inside(k), heads_inside(v)};
}

at::Tensor index_select(const at::Tensor& x, int64_t dim, const at::Tensor& index) {
  std::vector<int64_t> sizes = x.sizes().vec();
  sizes[static_cast<size_t>(dim)] = index.numel();
  return at::empty(sizes, x.options());
}

at::Tensor& where_out(const at::Tensor& /*condition*/, const at::Tensor& /*yes*/, const at::Tensor& /*no*/, at::Tensor& out) { return out; }

void register_operators(torch::Library& library) {
  library.impl("convolution", TORCH_FN(convolution));
  library.impl("convolution_backward", TORCH_FN(convolution_backward));
  library.impl("native_layer_norm", TORCH_FN(layer_norm));
  library.impl("native_layer_norm_backward", TORCH_FN(layer_norm_backward));
  library.impl("native_group_norm", TORCH_FN(group_norm));
  library.impl("native_group_norm_backward", TORCH_FN(group_norm_backward));
  library.impl("_scaled_dot_product_flash_attention_for_cpu", TORCH_FN(attention));
  library.impl("_scaled_dot_product_flash_attention_for_cpu_backward", TORCH_FN(attention_backward));
  library.impl("index_select", TORCH_FN(index_select));
  library.impl("where.self_out", TORCH_FN(where_out));
}

// ---- counting matrix products, which have their own shape-only kernels

std::unique_ptr<at::ObserverContext> count_product(const at::RecordFunction& call) {
  const std::string_view name = call.name();
  const bool mm = name == "aten::mm";
  const bool bmm = name == "aten::bmm";
  const bool addmm = name == "aten::addmm";
  if (mm || bmm || addmm) {
    const at::Tensor& a = call.inputs()[addmm ? 1 : 0].toTensor();
    const at::Tensor& b = call.inputs()[addmm ? 2 : 1].toTensor();
    if (a.is_meta()) {
      counters().flops = counters().flops + 2.0 * static_cast<double>(a.numel()) * static_cast<double>(b.size(-1));
    }
  }
  return nullptr;
}

}  // namespace

struct ShapeOnlyRun::State {
  static std::mutex& one_at_a_time() {
    static std::mutex mutex;
    return mutex;
  }

  std::unique_lock<std::mutex> turn{one_at_a_time()};
  std::unique_ptr<torch::Library> library;
  c10::Allocator* before = nullptr;
  at::CallbackHandle products = 0;
};

ShapeOnlyRun::ShapeOnlyRun() : state_(std::make_unique<State>()) {
  counters().flops = 0;
  start_peak();
  state_->before = c10::GetAllocator(c10::DeviceType::Meta);
  c10::SetAllocator(c10::DeviceType::Meta, counting_allocator(), 255);
  state_->library = std::make_unique<torch::Library>(torch::Library::IMPL, "aten", c10::DispatchKey::Meta, __FILE__, __LINE__);
  register_operators(*state_->library);
  state_->products =
      at::addThreadLocalCallback(at::RecordFunctionCallback(count_product).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
}

ShapeOnlyRun::~ShapeOnlyRun() {
  at::removeCallback(state_->products);
  state_->library.reset();
  c10::SetAllocator(c10::DeviceType::Meta, state_->before, 255);
}

int64_t ShapeOnlyRun::live_bytes() const { return counters().live; }
int64_t ShapeOnlyRun::peak_bytes() const { return counters().peak; }
void ShapeOnlyRun::start_peak() { counters().peak = counters().live.load(); }
double ShapeOnlyRun::flops() const { return counters().flops; }

}  // namespace darkroom
