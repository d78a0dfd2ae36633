// SPDX-License-Identifier: Apache-2.0
// A model with the heads, norm groups and scaling factor of Stable Diffusion 1.x, but small: its configuration can be read off its shapes.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "core/base/error.h"
#include "core/model/model_writer.h"

namespace darkroom::test {

inline UNetConfig small_unet() {
  UNetConfig config = sd15_unet_config();
  config.levels = {{.channels = 32, .layers = 1}, {.channels = 64, .layers = 1}, {.channels = 64, .layers = 1}};
  config.levels[0].attention_down = config.levels[0].attention_up = false;
  config.cross_attention_dim = 64;
  return config;
}

inline UNetConfig small_scratch_unet() {
  UNetConfig config = scratch_unet_config();
  config.levels = {{.channels = 32, .layers = 2}, {.channels = 64, .layers = 2}};
  config.levels[0].attention_down = config.levels[0].attention_up = false;
  config.cross_attention_dim = 64;
  return config;
}

inline VaeConfig small_vae() {
  VaeConfig config = sd15_vae_config();
  config.block_out_channels = {32, 64};
  config.layers_per_block = 1;
  return config;
}

inline ClipTextConfig small_text() {
  ClipTextConfig config = sd15_clip_text_config();
  config.vocab_size = 50;
  config.hidden_size = 64;
  config.projection_dim = 64;
  config.intermediate_size = 80;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 1;
  return config;
}

inline Weights fresh(const ParameterLayout& layout, uint64_t seed) {
  Weights weights;
  for (int i = 0; i < layout.size(); ++i) {
    // Zeros of the recipe would make different names look alike.
    const std::vector<int64_t>& shape = layout.slot(i).shape;
    weights.push_back(initial_values({layout.slot(i).name, shape, ParameterInit::normal, 0.1, 0, layout.slot(i).numel}, seed));
  }
  return weights;
}

inline ModelParts small_model(const UNetConfig& unet = small_unet()) {
  ModelParts parts;
  parts.unet.model = make_unet(unet);
  parts.unet.weights = fresh(parts.unet.model->layout(), 1);
  parts.vae.model = std::make_unique<Vae>(small_vae());
  parts.vae.weights = fresh(parts.vae.model->layout(), 2);
  parts.text.model = std::make_unique<ClipText>(small_text());
  parts.text.weights = fresh(parts.text.model->layout(), 3);
  parts.paths.scheduler = training_scheduler_config();
  return parts;
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

}  // namespace darkroom::test
