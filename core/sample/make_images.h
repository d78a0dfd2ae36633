// SPDX-License-Identifier: Apache-2.0
// The road from a prompt to pictures. Shapes: B batch, C latent channels, H W latent rows and columns.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/image/image.h"
#include "core/image/image_metadata.h"
#include "core/plan/generate_options.h"
#include "core/sample/conditioning.h"
#include "core/sample/sampling_model.h"

namespace darkroom {

/// Where a generation stands; `preview` makes its picture when it is called.
struct SampleStep {
  int64_t image = 0;               ///< first image of the batch that is being made, from 0
  int64_t images = 0;              ///< of the whole request
  int64_t step = 0;                ///< done, 1 … of
  int64_t of = 0;                  ///< of both passes together
  std::function<Image()> preview;  ///< the first image of the batch as the model expects it now; valid during the call
};

/// One finished picture.
struct MadeImage {
  Image image;
  int64_t index = 0;  ///< within the request
  uint64_t seed = 0;
  GenerationRecord record;  ///< with everything filled in but the program's version
};

struct SampleHooks {
  std::function<void(const SampleStep&)> on_step;
  std::function<void(MadeImage)> on_image;  ///< as soon as it is decoded
  CancelToken cancel;
};

/// What a request made besides the pictures.
struct SampleOutcome {
  torch::Tensor latents_BCHW;  ///< float32 on the CPU, as they left the last pass (before the division by the VAE's scaling factor)
  PromptReport prompt;         ///< tokens, and what was moved or cut
  PromptReport negative;
  GenerateOptions options;  ///< with the sampler, schedule, spacing, steps and size that were used
};

/// Makes wanted.count pictures in batches of wanted.batch, image i with seed + i; puts the request's LoRAs and embeddings on the model.
///
/// Picture i depends on the options and its seed alone: not on the batch size, nor on its neighbours.
/// throws  Error{usage} for settings that exclude each other or a size that the model cannot make, Error{cancelled}, Error{bad_input} for a
///         noise file, a picture, a mask, a LoRA or an embedding
SampleOutcome make_images(SamplingModel& model, const GenerateOptions& wanted, const SampleHooks& hooks);

}  // namespace darkroom
