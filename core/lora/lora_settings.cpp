// SPDX-License-Identifier: Apache-2.0
// PEFT's LoraConfig as JSON. Its alpha_pattern keys are regular expressions; only plain names are taken, as diffusers writes no others.
#include "core/lora/lora_settings.h"

#include <cmath>

#include "core/base/format.h"

namespace darkroom {
namespace {

double positive_number(const Json& value, std::string_view where, const std::string& key) {
  const double number = value.is_number() ? value.get<double>() : std::nan("");
  if (!std::isfinite(number) || number == 0) {
    fail(ErrorCode::bad_input, "{}: {} must be a number other than 0, got {}", where, key, value.dump());
  }
  return number;
}

bool flag(const Json& json, std::string_view where, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) {
    return false;
  }
  if (!found->is_boolean()) {
    fail(ErrorCode::bad_input, "{}: {} must be true or false, got {}", where, key, found->dump());
  }
  return found->get<bool>();
}

bool is_plain_name(const std::string& text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") == std::string::npos;
}

}  // namespace

LoraSettings::LoraSettings(const Json& json, std::string_view where) {
  if (!json.is_object() || !json.contains("lora_alpha")) {
    fail(ErrorCode::bad_input, "{}: expected an object with lora_alpha", where);
  }
  if (flag(json, where, "use_dora")) {
    fail(ErrorCode::bad_input, "{}: use_dora: DoRA also rescales the length of each weight; only plain LoRA can be merged", where);
  }
  rank_stabilized_ = flag(json, where, "use_rslora");
  alpha_ = positive_number(json["lora_alpha"], where, "lora_alpha");
  const auto patterns = json.find("alpha_pattern");
  if (patterns == json.end() || patterns->is_null()) {
    return;
  }
  if (!patterns->is_object()) {
    fail(ErrorCode::bad_input, "{}: alpha_pattern must be an object, got {}", where, patterns->type_name());
  }
  for (const auto& [name, alpha] : patterns->items()) {
    if (!is_plain_name(name)) {
      fail(ErrorCode::bad_input, "{}: alpha_pattern: \"{}\" is not the name of a layer, and regular expressions are not supported", where,
           name);
    }
    patterns_.emplace_back(name, positive_number(alpha, where, "alpha_pattern: " + name));
  }
}

double LoraSettings::strength(const std::string& layer, int64_t rank) const {
  double alpha = alpha_;
  for (const auto& [name, value] : patterns_) {
    if (layer == name || layer.ends_with("." + name)) {
      alpha = value;
      break;
    }
  }
  const double size = static_cast<double>(rank);
  return alpha / (rank_stabilized_ ? std::sqrt(size) : size);
}

std::map<LoraPart, LoraSettings> read_lora_settings(const std::map<std::string, std::string>& metadata, std::string_view where) {
  constexpr const char* key = "lora_adapter_metadata";
  const auto found = metadata.find(key);
  if (found == metadata.end()) {
    return {};
  }
  const std::string place = format("{}: __metadata__: {}", where, key);
  const Json json = parse_json(found->second, place);
  if (!json.is_object()) {
    fail(ErrorCode::bad_input, "{}: expected an object", place);
  }
  std::map<LoraPart, LoraSettings> settings;
  for (const auto& [part, prefix] : {std::pair(LoraPart::unet, "unet."), std::pair(LoraPart::text_encoder, "text_encoder.")}) {
    Json own = Json::object();
    for (const auto& [name, value] : json.items()) {
      if (name.starts_with(prefix)) {
        own[name.substr(std::string_view(prefix).size())] = value;
      }
    }
    if (!own.empty()) {
      settings.emplace(part, LoraSettings(own, format("{}: {}", place, prefix)));
    }
  }
  return settings;
}

}  // namespace darkroom
