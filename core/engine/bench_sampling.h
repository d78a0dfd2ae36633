// SPDX-License-Identifier: Apache-2.0
// The benches of making pictures: each is run as `generate` runs it, with the weights laid out as it lays them out.
#pragma once

#include "core/engine/bench_cases.h"

namespace darkroom {

/// One forward pass without guidance. shape: the latents, [B,C,H,W].
BenchFigures bench_unet_step(const BenchModel& model, const BenchSettings& settings);
/// shape: the latents, [B,C,H,W].
BenchFigures bench_vae_decode(const BenchModel& model, const BenchSettings& settings);
/// shape: the pictures, [B,3,H,W].
BenchFigures bench_vae_encode(const BenchModel& model, const BenchSettings& settings);
/// shape: the ids, [B,77].
BenchFigures bench_text_encode(const BenchModel& model, const BenchSettings& settings);
/// The whole road of `generate`: prompt, guided steps, decoding, bytes. shape: the pictures, [B,3,H,W].
BenchFigures bench_image(const BenchModel& model, const BenchSettings& settings);
/// The same road with what its parts take: a step beside a bare forward pass of the same batch, what comes before the first step and after
/// the last, and from the start of the process to the end of its first step. shape: the pictures, [B,3,H,W].
BenchFigures bench_generate(const BenchModel& model, const BenchSettings& settings);

}  // namespace darkroom
