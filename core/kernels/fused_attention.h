// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, L query tokens, S key tokens, D width, N heads, E = D/N width of a head.
#pragma once

#include <torch/types.h>

namespace darkroom {

/// Whether fused_attention computes this call: no gradient is wanted, the tensors are dense in their last dimension, all float32 on a
/// processor with AVX-512 or all bfloat16 on one with its dot products, and E is even and at most 512.
bool fused_attention_takes(const torch::Tensor& q_BLD, const torch::Tensor& k_BSD, const torch::Tensor& v_BSD, int64_t heads);

/// softmax(q k^T / sqrt(E)) v for each head, for inference on a CPU.
///
/// Keys and values are laid out once for whole vector registers; a block of queries then runs over blocks of keys with a running maximum
/// (Milakov & Gimelshein 2018, arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135), so no [L,S] matrix is stored. Sums and the softmax are
/// float32 in either dtype; on a processor with a matrix unit both products run there, float32 in two parts as in amx.h. The result does
/// not depend on the number of threads.
///
/// q_BLD, k_BSD, v_BSD  as fused_attention_takes; rows may lie apart (a part of a wider tensor)
/// heads                divides D
/// returns              [B,L,D] contiguous, the dtype of q
/// throws               std::invalid_argument for a call that fused_attention_takes refuses
torch::Tensor fused_attention(const torch::Tensor& q_BLD, const torch::Tensor& k_BSD, const torch::Tensor& v_BSD, int64_t heads);

}  // namespace darkroom
