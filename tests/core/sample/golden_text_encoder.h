// SPDX-License-Identifier: Apache-2.0
// The tiny text encoder of tests/parity/make_prompt_goldens.py: the whole vocabulary, 16 wide; the file has the rows that its prompts use.
#pragma once

#include <ATen/Parallel.h>

#include <limits>

#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"
#include "core/sample/prompt_encoder.h"
#include "tests/test_registry.h"

namespace darkroom::test {

inline std::filesystem::path prompt_golden(const char* file) { return std::filesystem::path(DARKROOM_TEST_DATA) / "golden" / file; }

inline LoadedTextEncoder golden_text_encoder() {
  at::set_num_threads(1);  // tiny layers gain nothing from more
  LoadedTextEncoder text;
  text.model =
      std::make_unique<ClipText>(clip_text_config_from_json(read_json_file(prompt_golden("prompt_states.json")).at("config"), "golden"));
  const SafetensorsFile file(prompt_golden("text_encoder.safetensors"));
  for (const ParameterSlot& slot : text.model->layout().all_slots()) {
    if (file.contains(slot.name)) {
      text.weights.push_back(file.tensor(slot.name));
    } else {
      text.weights.push_back(torch::zeros(slot.shape).index_copy(0, file.tensor("rows"), file.tensor("row_vectors")));
    }
  }
  return text;
}

inline double max_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return a.sizes() == b.sizes() ? (a.to(torch::kDouble) - b.to(torch::kDouble)).abs().max().item<double>()
                                : std::numeric_limits<double>::infinity();
}

}  // namespace darkroom::test
