// SPDX-License-Identifier: Apache-2.0
#include "core/sample/latent_codec.h"

#include <limits>

#include "core/base/error.h"
#include "core/base/format.h"
#include "core/base/log.h"
#include "core/tensor/device_memory.h"

namespace darkroom {
namespace {

constexpr double half_range = 127.5;

bool is_finite(const torch::Tensor& values) { return at::isfinite(values).all().item<bool>(); }

constexpr double usable_share = 0.75;

// How a batch goes through the VAE.
struct VaeRun {
  bool one_by_one = false;
  std::optional<int64_t> strip;
};

// rows, columns  of the latents
VaeRun plan_run(const SamplingModel& model, VaeTiling tiling, int64_t batch, int64_t rows, int64_t columns, torch::ScalarType dtype) {
  if (tiling != VaeTiling::automatic) {
    return {.one_by_one = false, .strip = tiling == VaeTiling::on ? std::optional(Vae::usual_strip_rows) : std::nullopt};
  }
  const auto needed = static_cast<double>(model.parts().vae.model->decode_bytes(rows, columns, dtype));
  const std::optional<DeviceMemory> memory = device_memory(model.device());
  const double usable = memory ? usable_share * static_cast<double>(memory->available_bytes) : std::numeric_limits<double>::infinity();
  VaeRun run{.one_by_one = needed * static_cast<double>(batch) > usable, .strip = std::nullopt};
  if (needed > usable) {
    constexpr double mib = 1024.0 * 1024.0;
    run.strip = Vae::usual_strip_rows;
    log().info("The VAE goes over strips: a whole picture would take {:.0f} MiB, {:.0f} are free.", needed / mib,
               usable / usable_share / mib);
  }
  return run;
}

torch::Tensor decode(const SamplingModel& model, const Weights& weights, const torch::Tensor& latents_BChw, torch::ScalarType dtype,
                     VaeTiling tiling) {
  const Vae& vae = *model.parts().vae.model;
  const VaeRun run = plan_run(model, tiling, latents_BChw.size(0), latents_BChw.size(2), latents_BChw.size(3), dtype);
  std::vector<torch::Tensor> pictures;
  for (const torch::Tensor& part : latents_BChw.split(run.one_by_one ? 1 : latents_BChw.size(0), 0)) {
    const torch::Tensor given = (part / vae.scaling_factor()).to(dtype).contiguous(at::MemoryFormat::ChannelsLast);
    pictures.push_back(vae.decode(weights, given, run.strip).to(torch::kCPU, torch::kFloat32));
  }
  return pictures.size() == 1 ? pictures.front() : at::cat(pictures, 0);
}

// The pictures of a batch that came out broken, once more in fp32.
torch::Tensor decode_again(const SamplingModel& model, const torch::Tensor& latents_BChw, const torch::Tensor& pixels_B3HW,
                           VaeTiling tiling) {
  log().warn("The VAE overflowed in {}; decoding again in fp32.", torch::toString(model.vae_dtype()));
  Weights weights;
  for (const torch::Tensor& weight : model.parts().vae.weights) {  // the files' own
    weights.push_back(weight.to(torch::kFloat32));
  }
  std::vector<torch::Tensor> pictures;
  for (int64_t i = 0; i < pixels_B3HW.size(0); ++i) {
    const torch::Tensor picture = pixels_B3HW.narrow(0, i, 1);
    pictures.push_back(is_finite(picture) ? picture : decode(model, weights, latents_BChw.narrow(0, i, 1), torch::kFloat32, tiling));
  }
  return at::cat(pictures, 0);
}

}  // namespace

VaeTiling vae_tiling_from_name(std::string_view name) {
  if (name == "auto" || name == "on" || name == "off") {
    return name == "auto" ? VaeTiling::automatic : name == "on" ? VaeTiling::on : VaeTiling::off;
  }
  fail(ErrorCode::usage, "vae_tiling must be auto, on or off, got '{}'", name);
}

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

torch::Tensor encode_pixels(const SamplingModel& model, const torch::Tensor& pixels_B3HW, VaeTiling tiling) {
  const torch::NoGradGuard no_grad;
  const Vae& vae = *model.parts().vae.model;
  const torch::Tensor input = pixels_B3HW.to(model.device(), model.vae_dtype()).contiguous(at::MemoryFormat::ChannelsLast);
  const VaeRun run =
      plan_run(model, tiling, input.size(0), input.size(2) / vae.downscale(), input.size(3) / vae.downscale(), model.vae_dtype());
  torch::Tensor latents = vae.encode(model.encoder_weights(), input, run.strip).mean_BCHW.to(torch::kFloat32) * vae.scaling_factor();
  if (!is_finite(latents)) {
    fail(ErrorCode::failed, "the VAE of {} made values that are not finite of the start picture; --dtype fp32 or bf16 avoids overflows",
         model.parts().paths.model.string());
  }
  return latents;
}

torch::Tensor decode_latents(const SamplingModel& model, const torch::Tensor& latents_BChw, VaeTiling tiling) {
  const torch::NoGradGuard no_grad;
  for (int64_t i = 0; i < latents_BChw.size(0); ++i) {
    if (!is_finite(latents_BChw[i])) {
      fail(ErrorCode::failed,
           "the sampler's latents of picture {} of the batch are not finite: the model, or its number format ({}), does not hold at these "
           "settings; fewer CFG or --dtype fp32 may help",
           i + 1, torch::toString(model.dtype()));
    }
  }
  torch::Tensor pixels = decode(model, model.decoder_weights(), latents_BChw, model.vae_dtype(), tiling);
  if (is_finite(pixels)) {
    return pixels;
  }
  if (model.vae_dtype() == torch::kFloat32) {
    fail(ErrorCode::failed, "the VAE of {} made values that are not finite in fp32: its weights are damaged",
         model.parts().paths.model.string());
  }
  return decode_again(model, latents_BChw, pixels, tiling);
}

}  // namespace darkroom
