// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/lora/lora_key.h"

namespace darkroom {

/// PEFT's settings of one part: the strength of its layers where no tensor holds an alpha.
class LoraSettings {
 public:
  /// json    an adapter's LoraConfig: lora_alpha, alpha_pattern, use_rslora, use_dora …; keys that do not bear on a merge are not read
  /// where   names the source in errors
  /// throws  Error{bad_input} naming the key: of the wrong kind, or asking for what cannot be merged (DoRA, biases)
  LoraSettings(const Json& json, std::string_view where);

  /// alpha / rank, or alpha / sqrt(rank) with use_rslora; alpha is the first of alpha_pattern whose key is the layer or its end, else
  /// lora_alpha. layer  dotted, as LoraKey has it
  double strength(const std::string& layer, int64_t rank) const;

 private:
  double alpha_ = 0;
  std::vector<std::pair<std::string, double>> patterns_;  ///< in the file's order: the first match decides
  bool rank_stabilized_ = false;
};

/// The settings that diffusers puts into a file's header (`lora_adapter_metadata`), by part. Empty when there are none.
/// throws  Error{bad_input} naming `where` and the key
std::map<LoraPart, LoraSettings> read_lora_settings(const std::map<std::string, std::string>& metadata, std::string_view where);

}  // namespace darkroom
