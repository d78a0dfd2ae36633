// SPDX-License-Identifier: Apache-2.0
// Masks follow AUTOMATIC1111: softened first, then brought to the latents' size and rounded there. What inpainting UNets see follows
// diffusers, with which they were trained.
#include "core/sample/picture_start.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

torch::Tensor tensor_of(const Mask& mask) {
  return torch::from_blob(const_cast<float*>(mask.values.data()), {1, 1, mask.height, mask.width}, torch::kFloat32).clone();
}

Mask read_mask(const GenerateOptions& options, const Image& picture, int width, int height) {
  const Image stored = read_mask_file(options.mask);
  if (stored.width != picture.width || stored.height != picture.height) {
    fail(ErrorCode::usage, "{}: a mask must have the size of its picture; it has {}x{} pixels, {} has {}x{}", options.mask, stored.width,
         stored.height, options.init_image, picture.width, picture.height);
  }
  return blur_mask(mask_from_image(centre_crop_resize(stored, width, height)), static_cast<double>(options.mask_blur));
}

}  // namespace

torch::Tensor PictureStart::keep(const torch::Tensor& x0_BChw) const {
  return mask_11hw ? *mask_11hw * x0_BChw + (1 - *mask_11hw) * latents_1Chw : x0_BChw;
}

Image PictureStart::keep(const Image& drawn) const { return mask ? composite(drawn, picture, *mask) : drawn; }

std::optional<PictureStart> load_picture_start(const SamplingModel& model, const GenerateOptions& options, int width, int height) {
  if (options.init_image.empty()) {
    if (!options.mask.empty()) {
      fail(ErrorCode::usage, "--mask {} needs the picture that it belongs to: give --init-image.", options.mask);
    }
    return std::nullopt;
  }
  const Image picture = read_image_file(options.init_image);
  PictureStart start;
  start.picture = centre_crop_resize(picture, width, height);
  start.latents_1Chw = encode_pixels(model, pixels_from_image(start.picture), vae_tiling_from_name(options.vae_tiling));
  if (!options.mask.empty()) {
    start.mask = read_mask(options, picture, width, height);
    const auto f = static_cast<int>(model.downscale());
    start.mask_11hw = tensor_of(latent_mask(*start.mask, width / f, height / f, LatentMaskRule::rounded)).to(model.device());
  }
  return start;
}

torch::Tensor inpainting_channels(const SamplingModel& model, const PictureStart* start, int64_t rows, int64_t columns, VaeTiling tiling) {
  const auto f = model.downscale();
  torch::Tensor pixels_13HW = at::zeros({1, Image::channels, rows * f, columns * f});  // grey
  torch::Tensor mask_11hw = at::ones({1, 1, rows, columns});
  if (start != nullptr && start->mask) {
    const torch::Tensor stays_11HW = (tensor_of(*start->mask) < 0.5).to(torch::kFloat32);
    pixels_13HW = pixels_from_image(start->picture) * stays_11HW;
    mask_11hw = tensor_of(latent_mask(*start->mask, static_cast<int>(columns), static_cast<int>(rows), LatentMaskRule::nearest));
  }
  return at::cat({mask_11hw.to(model.device()), encode_pixels(model, pixels_13HW, tiling)}, 1);
}

}  // namespace darkroom
