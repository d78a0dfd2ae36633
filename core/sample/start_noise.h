// SPDX-License-Identifier: Apache-2.0
// Shapes: B batch, C latent channels, H W latent rows and columns.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>

namespace darkroom {

/// The starting noise of `count` images: image i is drawn alone from a CPU generator seeded with seed + i.
///
/// So an image does not depend on how many are made together, on the batch size, or on the device; the numbers are those of
/// `torch.randn([1,C,H,W], generator=torch.Generator().manual_seed(seed + i))`.
/// returns  float32 [count,C,H,W] on the CPU, standard normal
/// throws   std::invalid_argument: an extent below 1
torch::Tensor initial_noise(uint64_t seed, int64_t count, int64_t channels, int64_t height, int64_t width);

/// Noise from a safetensors file instead: the tensor `noise`, [B,C,H,W], any float dtype.
/// returns  float32 [B,C,H,W] on the CPU
/// throws   Error{not_found | bad_input} naming the file, the tensor, and the shape that was expected
torch::Tensor noise_from_file(const std::filesystem::path& path, int64_t count, int64_t channels, int64_t height, int64_t width);

/// From `from` to `to` along the sphere, image by image, so that the result is as normal as its ends.
///
/// strength  0 gives `from`, 1 gives `to`; where two images point the same way so closely that their cosine is above 0.9995 the straight
/// line
///           is taken
/// throws    std::invalid_argument: shapes differ or strength outside [0, 1]
/// source    Shoemake 1985; the rule for near directions is that of AUTOMATIC1111's web UI
torch::Tensor spherical_mix(const torch::Tensor& from_BCHW, const torch::Tensor& to_BCHW, double strength);

/// A generator for the noise that samplers add between steps of an image whose starting noise was drawn from `seed`: it goes on behind that
/// draw, as in diffusers' pipelines with one generator an image. throws std::invalid_argument: an extent below 1
at::Generator step_generator(uint64_t seed, int64_t channels, int64_t height, int64_t width);

}  // namespace darkroom
