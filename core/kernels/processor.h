// SPDX-License-Identifier: Apache-2.0
// What the processor has of what the hand-written loops need.
#pragma once

namespace darkroom::kernels {

struct Processor {
  bool avx512 = false;       ///< F, BW, VL and DQ
  bool avx512_bf16 = false;  ///< with products of pairs of bfloat16
  bool matrix_unit = false;  ///< Intel AMX with bfloat16, and the kernel lets this process use it
};

/// All false where these loops were not compiled. DARKROOM_MATRIX_UNIT=0 in the environment hides the matrix unit.
const Processor& processor();

/// Hides the matrix unit, or shows it again where there is one that the environment does not hide. For tests: one thread, no kernel
/// running.
void show_matrix_unit(bool shown);

}  // namespace darkroom::kernels
