// SPDX-License-Identifier: Apache-2.0
// Threads share out the blocks of queries of all heads; each block's result depends on nothing but its head.
#include "core/kernels/fused_attention.h"

#include <ATen/Parallel.h>

#include "core/base/format.h"
#include "core/kernels/attention_block.h"

namespace darkroom {
namespace {

constexpr int64_t widest_head = 512;
constexpr int64_t alignment = 64;  // bytes

bool processor_computes(torch::ScalarType dtype) {
  static const kernels::AttentionSupport support = kernels::attention_support();
  return dtype == torch::kFloat32 ? support.fp32 : dtype == torch::kBFloat16 && support.bf16;
}

// Rows of whole units: 4 bytes, 4-byte aligned.
bool has_unit_rows(const torch::Tensor& x_BLD) {
  const int64_t elements = 4 / x_BLD.element_size();
  return x_BLD.dim() == 3 && x_BLD.stride(2) == 1 && x_BLD.stride(0) % elements == 0 && x_BLD.stride(1) % elements == 0 &&
         reinterpret_cast<uintptr_t>(x_BLD.const_data_ptr()) % 4 == 0;
}

struct AttentionShape {
  int64_t batch, heads, queries, keys, width;
  int64_t wide() const { return kernels::round_up(width, 16); }
  int64_t key_rows() const { return kernels::round_up(keys, 16); }
};

template <typename T>
struct Rows {
  const T* begin;
  int64_t picture;  // elements from one picture to the next
  int64_t row;

  explicit Rows(const torch::Tensor& x_BLD)
      : begin(static_cast<const T*>(x_BLD.const_data_ptr())), picture(x_BLD.stride(0)), row(x_BLD.stride(1)) {}
  const T* at(int64_t b, int64_t l, int64_t e) const { return begin + b * picture + l * row + e; }
};

float* aligned(std::vector<float>& memory, int64_t& used, int64_t floats) {
  const auto begin = reinterpret_cast<uintptr_t>(memory.data());
  const uintptr_t border = (begin + static_cast<uintptr_t>(used) * sizeof(float) + alignment - 1) / alignment * alignment;
  used = static_cast<int64_t>((border - begin) / sizeof(float)) + floats;
  return memory.data() + (border - begin) / sizeof(float);
}

// The scratch of one thread.
class Scratch {
 public:
  explicit Scratch(const AttentionShape& shape) {
    constexpr int64_t rows = kernels::attention_query_rows;
    constexpr int64_t gap = alignment / static_cast<int64_t>(sizeof(float));
    memory_.resize(static_cast<size_t>(rows * (shape.wide() * 2 + kernels::attention_score_row * 2) + 4 * gap));
    int64_t used = 0;
    parts_.queries = aligned(memory_, used, rows * shape.wide());
    parts_.scores = aligned(memory_, used, rows * kernels::attention_score_row);
    parts_.weights = aligned(memory_, used, rows * kernels::attention_score_row);
    parts_.sums = aligned(memory_, used, rows * shape.wide());
  }
  const kernels::AttentionScratch& parts() const { return parts_; }

 private:
  std::vector<float> memory_;
  kernels::AttentionScratch parts_{};
};

void pack_values(const float* values, int64_t stride, const AttentionShape& shape, float* packed) {
  kernels::pack_attention_values_fp32(values, stride, shape.keys, shape.width, packed);
}
void pack_values(const uint16_t* values, int64_t stride, const AttentionShape& shape, uint16_t* packed) {
  kernels::pack_attention_values_bf16(values, stride, shape.keys, shape.width, packed);
}

void run_query_block(const kernels::AttentionHead& head, const float* queries, int64_t stride, int64_t rows, float* out, int64_t out_stride,
                     const kernels::AttentionScratch& scratch) {
  kernels::attention_block_fp32(head, queries, stride, rows, out, out_stride, scratch);
}
void run_query_block(const kernels::AttentionHead& head, const uint16_t* queries, int64_t stride, int64_t rows, uint16_t* out,
                     int64_t out_stride, const kernels::AttentionScratch& scratch) {
  kernels::attention_block_bf16(head, queries, stride, rows, out, out_stride, scratch);
}

template <typename T>
torch::Tensor compute(const torch::Tensor& q_BLD, const torch::Tensor& k_BSD, const torch::Tensor& v_BSD, int64_t heads) {
  constexpr auto packed = static_cast<int64_t>(4 / sizeof(T));
  const AttentionShape shape{q_BLD.size(0), heads, q_BLD.size(1), k_BSD.size(1), q_BLD.size(2) / heads};
  const Rows<T> q(q_BLD), k(k_BSD), v(v_BSD);
  torch::Tensor out_BLD = at::empty(q_BLD.sizes(), q_BLD.options());
  auto* out = static_cast<T*>(out_BLD.mutable_data_ptr());
  const int64_t width = heads * shape.width;

  const int64_t key_elements = shape.key_rows() * shape.width;
  const int64_t value_elements = kernels::round_up(shape.keys, 2) * shape.wide();
  const torch::Tensor keys = at::empty({shape.batch * heads, key_elements}, q_BLD.options());
  const torch::Tensor values = at::empty({shape.batch * heads, value_elements}, q_BLD.options());
  auto* packed_keys = static_cast<T*>(keys.mutable_data_ptr());
  auto* packed_values = static_cast<T*>(values.mutable_data_ptr());
  at::parallel_for(0, shape.batch * heads, 1, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const int64_t column = i % heads * shape.width;
      kernels::pack_attention_keys(k.at(i / heads, 0, column), k.row / packed, shape.keys, shape.width / packed,
                                   packed_keys + i * key_elements);
      pack_values(v.at(i / heads, 0, column), v.row, shape, packed_values + i * value_elements);
    }
  });

  const int64_t blocks = (shape.queries + kernels::attention_query_rows - 1) / kernels::attention_query_rows;
  at::parallel_for(0, shape.batch * heads * blocks, 1, [&](int64_t first, int64_t last) {
    const Scratch scratch(shape);
    for (int64_t i = first; i < last; ++i) {
      const int64_t head_index = i / blocks;
      const int64_t b = head_index / heads;
      const int64_t column = head_index % heads * shape.width;
      const int64_t row = i % blocks * kernels::attention_query_rows;
      const kernels::AttentionHead head{.keys = packed_keys + head_index * key_elements,
                                        .values = packed_values + head_index * value_elements,
                                        .key_count = shape.keys,
                                        .width = shape.width,
                                        .log2_scale = static_cast<float>(M_LOG2E / std::sqrt(static_cast<double>(shape.width)))};
      run_query_block(head, q.at(b, row, column), q.row, std::min(kernels::attention_query_rows, shape.queries - row),
                      out + (b * shape.queries + row) * width + column, width, scratch.parts());
    }
  });
  return out_BLD;
}

}  // namespace

bool fused_attention_takes(const torch::Tensor& q_BLD, const torch::Tensor& k_BSD, const torch::Tensor& v_BSD, int64_t heads) {
  const auto wants_gradient = [](const torch::Tensor& x) { return x.requires_grad() && torch::GradMode::is_enabled(); };
  for (const torch::Tensor* x : {&q_BLD, &k_BSD, &v_BSD}) {
    if (!x->device().is_cpu() || x->layout() != at::kStrided || x->scalar_type() != q_BLD.scalar_type() || wants_gradient(*x)) {
      return false;
    }
  }
  return processor_computes(q_BLD.scalar_type()) && has_unit_rows(q_BLD) && has_unit_rows(k_BSD) && has_unit_rows(v_BSD) &&
         k_BSD.sizes() == v_BSD.sizes() && k_BSD.size(0) == q_BLD.size(0) && k_BSD.size(2) == q_BLD.size(2) && q_BLD.numel() > 0 &&
         k_BSD.numel() > 0 && heads > 0 && q_BLD.size(2) % (2 * heads) == 0 && q_BLD.size(2) / heads <= widest_head;
}

torch::Tensor fused_attention(const torch::Tensor& q_BLD, const torch::Tensor& k_BSD, const torch::Tensor& v_BSD, int64_t heads) {
  if (!fused_attention_takes(q_BLD, k_BSD, v_BSD, heads)) {
    throw std::invalid_argument(
        format("[fused_attention] q, k and v must be [B,L,D], [B,S,D] and [B,S,D] of one dtype and of rows without gaps, with an even head "
               "width of at most 512, on a processor with AVX-512; got {} heads and {} [{}], {} [{}], {} [{}]",
               heads, c10::toString(q_BLD.scalar_type()), fmt::join(q_BLD.sizes(), ","), c10::toString(k_BSD.scalar_type()),
               fmt::join(k_BSD.sizes(), ","), c10::toString(v_BSD.scalar_type()), fmt::join(v_BSD.sizes(), ",")));
  }
  return q_BLD.scalar_type() == torch::kFloat32 ? compute<float>(q_BLD, k_BSD, v_BSD, heads)
                                                : compute<uint16_t>(q_BLD, k_BSD, v_BSD, heads);
}

}  // namespace darkroom
