// SPDX-License-Identifier: Apache-2.0
// Apart from the loops: this file is compiled for any processor.
#include "core/kernels/attention_block.h"

namespace darkroom::kernels {

AttentionSupport attention_support() {
  const bool avx512 = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                      __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512dq") != 0;
  return {avx512, avx512 && __builtin_cpu_supports("avx512bf16") != 0};
}

}  // namespace darkroom::kernels
