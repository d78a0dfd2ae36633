// SPDX-License-Identifier: Apache-2.0
// The inner loops of fused_attention.h, compiled for AVX-512 and for its matrix unit; nobody else includes this. No standard library here:
// an inline function that is compiled for AVX-512 in one file may be the one that the linker keeps for all.
// Sources: Milakov and Gimelshein 2018, arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135.
#pragma once

#include <cstdint>

namespace darkroom::kernels {

constexpr int64_t round_up(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

/// One head of one picture, as the loops read it.
struct AttentionHead {
  const void* keys = nullptr;    ///< as AttentionLoops::pack_keys left them
  const void* values = nullptr;  ///< likewise
  int64_t key_count = 0;         ///< S
  int64_t width = 0;             ///< E
  float log2_scale = 0;          ///< log2(e) / sqrt(E)
};

/// The loops for one dtype on one kind of processor. Rows are `stride` elements apart; widths are in elements, and even. All memory that
/// they are given to work in is 64-byte aligned.
struct AttentionLoops {
  int64_t query_rows;  ///< of a block, at most
  int64_t (*key_bytes)(int64_t count, int64_t width);
  int64_t (*value_bytes)(int64_t count, int64_t width);
  int64_t (*scratch_bytes)(int64_t width);
  void (*pack_keys)(const void* keys, int64_t stride, int64_t count, int64_t width, void* packed);
  void (*pack_values)(const void* values, int64_t stride, int64_t count, int64_t width, void* packed);
  /// Some queries, 1 to query_rows, to as many results of the same dtype.
  void (*run_block)(const AttentionHead& head, const void* queries, int64_t stride, int64_t rows, void* out, int64_t out_stride,
                    void* scratch);
};

// Which of these a processor has, processor.h says.
extern const AttentionLoops attention_avx512_fp32;
extern const AttentionLoops attention_avx512_bf16;
/// float32 as two bfloat16, as amx.h has it.
extern const AttentionLoops attention_amx_fp32;
extern const AttentionLoops attention_amx_bf16;

}  // namespace darkroom::kernels
