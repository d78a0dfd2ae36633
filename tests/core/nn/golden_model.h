// SPDX-License-Identifier: Apache-2.0
// Goldens of tests/parity/make_nn_goldens.py, and how far a result may be from them.
#pragma once

#include <ATen/Parallel.h>

#include "core/base/format.h"
#include "core/base/json.h"
#include "core/checkpoint/weights_io.h"
#include "core/tensor/parameter_arena.h"
#include "tests/test_registry.h"

namespace darkroom::test {

inline std::filesystem::path golden_folder(const char* name) { return std::filesystem::path(DARKROOM_TEST_DATA) / "golden" / name; }

inline Json golden_config(const char* name) { return read_json_file(golden_folder(name) / "config.json"); }

inline SafetensorsFile golden_file(const char* name, const char* file = "golden.safetensors") {
  return SafetensorsFile(golden_folder(name) / file);
}

inline double max_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return a.sizes() == b.sizes() ? (a.to(torch::kDouble) - b.to(torch::kDouble)).abs().max().item<double>()
                                : std::numeric_limits<double>::infinity();
}

/// An arena that holds a golden model's weights.
inline std::unique_ptr<ParameterArena> golden_arena(const char* name, const ParameterLayout& layout,
                                                    ConvolutionMemory memory = ConvolutionMemory::contiguous) {
  at::set_num_threads(1);  // as when the goldens were made; tiny layers gain nothing from more
  auto arena = std::make_unique<ParameterArena>(layout, ArenaOptions{torch::kCPU, torch::kFloat32, memory});
  arena->load(read_weights(layout, golden_folder(name), torch::kFloat32, torch::kCPU));
  return arena;
}

}  // namespace darkroom::test

/// Fails with the difference that was found; prints it otherwise, as the closing note quotes it.
#define COMPARE_WITHIN(what, actual, expected, limit)                                                                           \
  do {                                                                                                                          \
    const double difference = darkroom::test::max_difference(actual, expected);                                                 \
    QVERIFY2(difference <= (limit), darkroom::format("{}: max |difference| {:.3g} > {:.3g}", what, difference, limit).c_str()); \
    qInfo("%s: max |difference| %.3g", darkroom::format("{}", what).c_str(), difference);                                       \
  } while (false)
