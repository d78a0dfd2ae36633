// SPDX-License-Identifier: Apache-2.0
// Where there is no AVX-512 to compile for: processor() has nothing, so nobody comes to the loops.
#include <cstdlib>

#include "core/kernels/amx_block.h"
#include "core/kernels/attention_block.h"
#include "core/kernels/processor.h"
#include "core/kernels/winograd_block.h"

namespace darkroom::kernels {
namespace {

void pack(const void*, int64_t, int64_t, int64_t, void*) { std::abort(); }
int64_t bytes(int64_t, int64_t) { std::abort(); }
int64_t scratch_bytes(int64_t) { std::abort(); }
void run_block(const AttentionHead&, const void*, int64_t, int64_t, void*, int64_t, void*) { std::abort(); }
constexpr AttentionLoops no_loops{1, bytes, bytes, scratch_bytes, pack, pack, run_block};

}  // namespace

const Processor& processor() {
  static const Processor none;
  return none;
}
void show_matrix_unit(bool) {}

const AttentionLoops attention_avx512_fp32 = no_loops;
const AttentionLoops attention_avx512_bf16 = no_loops;
const AttentionLoops attention_amx_fp32 = no_loops;
const AttentionLoops attention_amx_bf16 = no_loops;

void winograd_read(const WinogradPicture&, int64_t, int64_t, int64_t, float*) { std::abort(); }
void winograd_multiply(const float*, const float*, int64_t, float*) { std::abort(); }
void winograd_write(const float*, int64_t, const WinogradTarget&) { std::abort(); }

void amx_begin() { std::abort(); }
void amx_end() { std::abort(); }
void amx_multiply(const AmxRows&, const AmxRows&, int64_t, int64_t, const AmxWeights&, int64_t, float*, bool) { std::abort(); }
void amx_split(const float*, int64_t, int64_t, uint16_t*, uint16_t*) { std::abort(); }
void amx_pack_tile(const float*, int64_t, int64_t, uint16_t*, uint16_t*) { std::abort(); }
void amx_write(const float*, const float*, const float*, float*) { std::abort(); }

}  // namespace darkroom::kernels
