// SPDX-License-Identifier: Apache-2.0
// Where there is no AVX-512 to compile for: attention goes to PyTorch's kernels.
#include <cstdlib>

#include "core/kernels/attention_block.h"

namespace darkroom::kernels {

AttentionSupport attention_support() { return {}; }

void pack_attention_keys(const void*, int64_t, int64_t, int64_t, void*) { std::abort(); }
void pack_attention_values_fp32(const float*, int64_t, int64_t, int64_t, float*) { std::abort(); }
void pack_attention_values_bf16(const uint16_t*, int64_t, int64_t, int64_t, uint16_t*) { std::abort(); }
void attention_block_fp32(const AttentionHead&, const float*, int64_t, int64_t, float*, int64_t, const AttentionScratch&) { std::abort(); }
void attention_block_bf16(const AttentionHead&, const uint16_t*, int64_t, int64_t, uint16_t*, int64_t, const AttentionScratch&) {
  std::abort();
}

}  // namespace darkroom::kernels
