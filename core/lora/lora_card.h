// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace darkroom {

/// What a LoRA file says of itself; nothing here changes what is computed. Whatever is missing or cannot be read is absent.
struct LoraCard {
  struct Tag {
    std::string name;
    int64_t count = 0;  ///< captions that hold it
  };

  std::string title;                    ///< modelspec.title, else ss_output_name
  std::string base_model;               ///< ss_sd_model_name: the file that it was trained on
  std::string base_version;             ///< ss_base_model_version, else modelspec.architecture: "sd_v1", "sdxl_base_v1-0"
  std::optional<int64_t> network_dim;   ///< ss_network_dim
  std::optional<double> network_alpha;  ///< ss_network_alpha
  std::vector<Tag> tags;                ///< ss_tag_frequency, summed over its folders; most frequent first, then by name
};

/// Reads the metadata that kohya-ss/sd-scripts writes (every value a string, some of them JSON).
LoraCard read_lora_card(const std::map<std::string, std::string>& metadata);

}  // namespace darkroom
