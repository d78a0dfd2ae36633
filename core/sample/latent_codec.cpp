// SPDX-License-Identifier: Apache-2.0
#include "core/sample/latent_codec.h"

#include "core/base/error.h"
#include "core/base/format.h"
#include "core/base/log.h"
#include "core/nn/packed_weights.h"

namespace darkroom {
namespace {

constexpr double half_range = 127.5;

bool is_finite(const torch::Tensor& values) { return at::isfinite(values).all().item<bool>(); }

torch::Tensor decode(const SamplingModel& model, const Weights& weights, const torch::Tensor& latents_BChw, torch::ScalarType dtype) {
  const Vae& vae = *model.parts().vae.model;
  return vae.decode(weights, (latents_BChw / vae.scaling_factor()).to(dtype).contiguous(at::MemoryFormat::ChannelsLast))
      .to(torch::kCPU, torch::kFloat32);
}

// The pictures of a batch that came out broken, once more in fp32.
torch::Tensor decode_again(const SamplingModel& model, const torch::Tensor& latents_BChw, const torch::Tensor& pixels_B3HW) {
  log().warn("The VAE overflowed in {}; decoding again in fp32.", torch::toString(model.vae_dtype()));
  const LoadedVae& vae = model.parts().vae;
  Weights weights;
  for (int i = 0; i < vae.model->layout().size(); ++i) {
    weights.push_back(unpack_weight(vae.model->layout().slot(i), vae.weights[static_cast<size_t>(i)]).to(torch::kFloat32));
  }
  std::vector<torch::Tensor> pictures;
  for (int64_t i = 0; i < pixels_B3HW.size(0); ++i) {
    const torch::Tensor picture = pixels_B3HW.narrow(0, i, 1);
    pictures.push_back(is_finite(picture) ? picture : decode(model, weights, latents_BChw.narrow(0, i, 1), torch::kFloat32));
  }
  return at::cat(pictures, 0);
}

}  // namespace

torch::Tensor pixels_from_image(const Image& image) {
  const torch::Tensor bytes_HWC =
      torch::from_blob(const_cast<uint8_t*>(image.pixels.data()), {image.height, image.width, Image::channels}, torch::kUInt8);
  return bytes_HWC.permute({2, 0, 1}).unsqueeze(0).to(torch::kFloat32).div(half_range).sub(1);
}

Image image_from_pixels(const torch::Tensor& rgb_3HW) {
  if (rgb_3HW.dim() != 3 || rgb_3HW.size(0) != Image::channels) {
    throw std::invalid_argument(format("[image_from_pixels] expected [3,H,W], got [{}]", fmt::join(rgb_3HW.sizes(), ",")));
  }
  const torch::Tensor bytes_HWC =
      rgb_3HW.to(torch::kFloat32).div(2).add(0.5).clamp(0, 1).mul(255).round().to(torch::kUInt8).permute({1, 2, 0}).contiguous().cpu();
  return image_from_bytes(bytes_HWC);
}

Image image_from_bytes(const torch::Tensor& bytes_HWC) {
  Image image(static_cast<int>(bytes_HWC.size(1)), static_cast<int>(bytes_HWC.size(0)));
  std::copy_n(bytes_HWC.const_data_ptr<uint8_t>(), image.pixels.size(), image.pixels.begin());
  return image;
}

torch::Tensor encode_pixels(const SamplingModel& model, const torch::Tensor& pixels_B3HW) {
  const torch::NoGradGuard no_grad;
  const LoadedVae& vae = model.parts().vae;
  const torch::Tensor input = pixels_B3HW.to(model.device(), model.vae_dtype()).contiguous(at::MemoryFormat::ChannelsLast);
  torch::Tensor latents = vae.model->encode(vae.weights, input).mean_BCHW.to(torch::kFloat32) * vae.model->scaling_factor();
  if (!is_finite(latents)) {
    fail(ErrorCode::failed, "the VAE of {} made values that are not finite of the start picture; --dtype fp32 or bf16 avoids overflows",
         model.parts().paths.model.string());
  }
  return latents;
}

torch::Tensor decode_latents(const SamplingModel& model, const torch::Tensor& latents_BChw) {
  const torch::NoGradGuard no_grad;
  for (int64_t i = 0; i < latents_BChw.size(0); ++i) {
    if (!is_finite(latents_BChw[i])) {
      fail(ErrorCode::failed,
           "the sampler's latents of picture {} of the batch are not finite: the model, or its number format ({}), does not hold at these "
           "settings; fewer CFG or --dtype fp32 may help",
           i + 1, torch::toString(model.dtype()));
    }
  }
  torch::Tensor pixels = decode(model, model.parts().vae.weights, latents_BChw, model.vae_dtype());
  if (is_finite(pixels)) {
    return pixels;
  }
  if (model.vae_dtype() == torch::kFloat32) {
    fail(ErrorCode::failed, "the VAE of {} made values that are not finite in fp32: its weights are damaged",
         model.parts().paths.model.string());
  }
  return decode_again(model, latents_BChw, pixels);
}

}  // namespace darkroom
