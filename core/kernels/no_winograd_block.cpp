// SPDX-License-Identifier: Apache-2.0
// Where there is no AVX-512 to compile for: winograd_takes is false, and nobody comes here.
#include <cstdlib>

#include "core/kernels/winograd_block.h"

namespace darkroom::kernels {

void winograd_read(const WinogradPicture&, int64_t, int64_t, int64_t, float*) { std::abort(); }
void winograd_multiply(const float*, const float*, int64_t, float*) { std::abort(); }
void winograd_write(const float*, int64_t, const WinogradTarget&) { std::abort(); }

}  // namespace darkroom::kernels
