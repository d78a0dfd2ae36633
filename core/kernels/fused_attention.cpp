// SPDX-License-Identifier: Apache-2.0
// Threads share out the blocks of queries of all heads; each block's result depends on nothing but its head.
#include "core/kernels/fused_attention.h"

#include <ATen/Parallel.h>

#include "core/base/format.h"
#include "core/kernels/attention_block.h"
#include "core/kernels/processor.h"

namespace darkroom {
namespace {

constexpr int64_t widest_head = 512;
constexpr int64_t alignment = 64;  // bytes

// The processor's best; null where it has none for this dtype.
const kernels::AttentionLoops* loops_for(torch::ScalarType dtype) {
  const kernels::Processor& has = kernels::processor();
  if (dtype == torch::kFloat32) {
    return has.matrix_unit ? &kernels::attention_amx_fp32 : has.avx512 ? &kernels::attention_avx512_fp32 : nullptr;
  }
  if (dtype == torch::kBFloat16) {
    return has.matrix_unit ? &kernels::attention_amx_bf16 : has.avx512_bf16 ? &kernels::attention_avx512_bf16 : nullptr;
  }
  return nullptr;
}

// Rows of whole units: 4 bytes, 4-byte aligned.
bool has_unit_rows(const torch::Tensor& x_BLD) {
  const int64_t elements = 4 / x_BLD.element_size();
  return x_BLD.dim() == 3 && x_BLD.stride(2) == 1 && x_BLD.stride(0) % elements == 0 && x_BLD.stride(1) % elements == 0 &&
         reinterpret_cast<uintptr_t>(x_BLD.const_data_ptr()) % 4 == 0;
}

struct AttentionShape {
  int64_t batch, heads, queries, keys, width;
};

// The rows of [B,L,D], of elements of `element` bytes.
struct Rows {
  const std::byte* begin;
  int64_t element;
  int64_t picture;  // elements from one picture to the next
  int64_t row;

  explicit Rows(const torch::Tensor& x_BLD)
      : begin(static_cast<const std::byte*>(x_BLD.const_data_ptr())),
        element(x_BLD.element_size()),
        picture(x_BLD.stride(0)),
        row(x_BLD.stride(1)) {}
  const std::byte* at(int64_t b, int64_t l, int64_t e) const { return begin + (b * picture + l * row + e) * element; }
};

torch::Tensor compute(const kernels::AttentionLoops& loops, const torch::Tensor& q_BLD, const torch::Tensor& k_BSD,
                      const torch::Tensor& v_BSD, int64_t heads) {
  const AttentionShape shape{q_BLD.size(0), heads, q_BLD.size(1), k_BSD.size(1), q_BLD.size(2) / heads};
  const Rows q(q_BLD), k(k_BSD), v(v_BSD);
  torch::Tensor out_BLD = at::empty(q_BLD.sizes(), q_BLD.options());
  auto* const out = static_cast<std::byte*>(out_BLD.mutable_data_ptr());
  const int64_t width = heads * shape.width;

  // Tensors begin at 64-byte borders, and so does each head's part.
  const int64_t key_bytes = kernels::round_up(loops.key_bytes(shape.keys, shape.width), alignment);
  const int64_t value_bytes = kernels::round_up(loops.value_bytes(shape.keys, shape.width), alignment);
  const torch::Tensor keys = at::empty({shape.batch * heads, key_bytes}, torch::kUInt8);
  const torch::Tensor values = at::empty({shape.batch * heads, value_bytes}, torch::kUInt8);
  auto* const packed_keys = static_cast<std::byte*>(keys.mutable_data_ptr());
  auto* const packed_values = static_cast<std::byte*>(values.mutable_data_ptr());
  at::parallel_for(0, shape.batch * heads, 1, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      const int64_t column = i % heads * shape.width;
      loops.pack_keys(k.at(i / heads, 0, column), k.row, shape.keys, shape.width, packed_keys + i * key_bytes);
      loops.pack_values(v.at(i / heads, 0, column), v.row, shape.keys, shape.width, packed_values + i * value_bytes);
    }
  });

  const int64_t blocks = (shape.queries + loops.query_rows - 1) / loops.query_rows;
  at::parallel_for(0, shape.batch * heads * blocks, 1, [&](int64_t first, int64_t last) {
    const torch::Tensor scratch = at::empty({loops.scratch_bytes(shape.width)}, torch::kUInt8);
    for (int64_t i = first; i < last; ++i) {
      const int64_t head_index = i / blocks;
      const int64_t b = head_index / heads;
      const int64_t column = head_index % heads * shape.width;
      const int64_t row = i % blocks * loops.query_rows;
      const kernels::AttentionHead head{.keys = packed_keys + head_index * key_bytes,
                                        .values = packed_values + head_index * value_bytes,
                                        .key_count = shape.keys,
                                        .width = shape.width,
                                        .log2_scale = static_cast<float>(M_LOG2E / std::sqrt(static_cast<double>(shape.width)))};
      loops.run_block(head, q.at(b, row, column), q.row, std::min(loops.query_rows, shape.queries - row),
                      out + ((b * shape.queries + row) * width + column) * q.element, width, scratch.mutable_data_ptr());
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
  return loops_for(q_BLD.scalar_type()) != nullptr && has_unit_rows(q_BLD) && has_unit_rows(k_BSD) && has_unit_rows(v_BSD) &&
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
  return compute(*loops_for(q_BLD.scalar_type()), q_BLD, k_BSD, v_BSD, heads);
}

}  // namespace darkroom
