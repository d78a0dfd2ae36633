// SPDX-License-Identifier: Apache-2.0
#include "core/sample/preview_decoder.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/checkpoint/weights_io.h"
#include "core/sample/latent_codec.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

// Shapes show neither of these.
void check_config(const fs::path& folder) {
  const fs::path file = folder / "config.json";
  if (!fs::is_regular_file(file)) {
    return;
  }
  const Json config = read_json_file(file);
  const auto expect = [&](const char* key, const Json& wanted) {
    const Json found = config.is_object() && config.contains(key) ? config[key] : wanted;
    if (found != wanted) {
      fail(ErrorCode::bad_input, "{}: \"{}\" is {}, but previews know TAESD alone, which has {}", file.string(), key, found.dump(),
           wanted.dump());
    }
  };
  expect("_class_name", "AutoencoderTiny");
  expect("act_fn", "relu");
  expect("upsample_fn", "nearest");
  expect("upsampling_scaling_factor", 2);
}

// The decoder's tensors by our names; an AutoencoderTiny has an encoder too.
std::vector<RenamedTensor> decoder_tensors(const WeightFiles& files) {
  std::vector<RenamedTensor> found;
  for (const TensorInfo& info : files.tensors()) {
    if (!info.name.starts_with("encoder.")) {
      found.push_back({info.name, tiny_decoder_name(info.name)});
    }
  }
  return found;
}

// How wide its layers are, the first one says; where there is none, what is missing is said when the weights are matched.
TinyDecoderShape shape_of(const WeightFiles& files, int64_t latent_channels) {
  TinyDecoderShape shape{.latent_channels = latent_channels};
  for (const RenamedTensor& tensor : decoder_tensors(files)) {
    if (const TensorInfo& info = files.info(tensor.file_name); tensor.name == "decoder.layers.0.weight" && info.shape.size() == 4) {
      shape.width = std::max<int64_t>(info.shape[0], 1);
    }
  }
  return shape;
}

std::shared_ptr<const WeightFiles> open_files(const fs::path& path) {
  if (fs::is_directory(path)) {
    check_config(path);
  }
  return std::make_shared<const WeightFiles>(path);
}

}  // namespace

std::optional<fs::path> find_preview_decoder(const std::string& wanted, const ModelPaths& paths) {
  if (!wanted.empty()) {
    return fs::path(wanted);
  }
  const fs::path folder = fs::is_directory(paths.model) ? paths.model : paths.model.parent_path();
  if (fs::is_directory(folder / "taesd")) {
    return folder / "taesd";
  }
  const fs::path file = folder / "preview_decoder.safetensors";
  return fs::is_regular_file(file) ? std::optional(file) : std::nullopt;
}

PreviewDecoder::PreviewDecoder(const fs::path& path, int64_t latent_channels, torch::ScalarType dtype, torch::Device device)
    : PreviewDecoder(path, open_files(path), latent_channels, dtype, device) {}

PreviewDecoder::PreviewDecoder(fs::path path, const std::shared_ptr<const WeightFiles>& files, int64_t latent_channels,
                               torch::ScalarType dtype, torch::Device device)
    : path_(std::move(path)),
      decoder_(shape_of(*files, latent_channels)),
      weights_(with_convolution_memory(load_weights(MatchedWeights(decoder_.layout(), files, decoder_tensors(*files)), dtype, device),
                                       ConvolutionMemory::channels_last)),
      device_(device) {}

Image PreviewDecoder::picture(const torch::Tensor& latents_CHW, double step_s) {
  const torch::NoGradGuard no_grad;
  const double started_s = monotonic_seconds();
  torch::Tensor latents = latents_CHW.unsqueeze(0).to(device_, torch::kFloat32);
  if (const int64_t divisor = shrink_.divisor(); divisor > 1) {
    latents = at::adaptive_avg_pool2d(latents,
                                      {std::max<int64_t>(latents.size(2) / divisor, 1), std::max<int64_t>(latents.size(3) / divisor, 1)});
  }
  Image picture = image_from_pixels(decoder_.decode(weights_, latents.contiguous(at::MemoryFormat::ChannelsLast))[0]);
  shrink_.took(monotonic_seconds() - started_s, step_s);
  return picture;
}

}  // namespace darkroom
