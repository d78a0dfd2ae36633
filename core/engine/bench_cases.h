// SPDX-License-Identifier: Apache-2.0
// What `darkroom-engine bench` measures: each a piece of the engine's work as training and sampling do it.
// Shapes: B batch, C channels, H W rows and columns.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/cancel_token.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/engine/bench_model.h"

namespace darkroom {

struct BenchSettings {
  torch::Device device = torch::kCPU;
  torch::ScalarType dtype = torch::kFloat32;
  std::optional<int64_t> width;   ///< px, of the picture; absent: what the model was made for
  std::optional<int64_t> height;  ///< px
  int64_t batch = 1;              ///< pictures or captions at a time
  int64_t repeat = 5;             ///< timed runs, after one that is not
  std::optional<int64_t> steps;   ///< of the sampler, for "image"; absent: as generate
  std::string file;               ///< for "tokenize": captions (empty: composed ones); for "filter": parquet files of metadata;
                                  ///< for "image_decode": a folder of pictures (empty: a composed one)
  std::optional<bool> recompute;  ///< of "train_step"; absent: on a GPU, as a plan's "auto"
  CancelToken cancel;
};

struct BenchFigures {
  std::string bench;
  double median_ms = 0;
  double min_ms = 0;
  std::string device;
  std::string dtype;
  std::vector<int64_t> shape;  ///< of the input, or of what is made; which one is said in bench_cases.cpp beside each
  Json more = Json::object();  ///< rates and facts of this bench
};

/// Why a bench cannot be run, for people, with its exit code.
struct BenchObstacle {
  ErrorCode code = ErrorCode::usage;
  std::string reason;
};

/// "unet_step", "vae_decode", … in the order in which all are run.
const std::vector<std::string>& bench_names();

/// Benches of a model need one; "tokenize", "image_decode" and "filter" do not.
bool bench_needs_model(std::string_view name);

/// What the model lacks for a bench, or what the bench does not know; nothing when it can be run.
std::optional<BenchObstacle> bench_obstacle(std::string_view name, const BenchModel& model, const BenchSettings& settings);

/// Runs once to warm up, then settings.repeat times; the device's queue is empty when the clock starts and when it stops.
///
/// model   not null where bench_needs_model(name)
/// throws  std::invalid_argument for a name that is not in bench_names(); Error{usage} for a size that the model cannot take; what opening
///         the model's parts throws; Error{cancelled}
BenchFigures run_bench(std::string_view name, const BenchModel* model, const BenchSettings& settings);

}  // namespace darkroom
