// SPDX-License-Identifier: Apache-2.0
// Keys as kohya-ss/sd-scripts writes them, and modelspec (github.com/Stability-AI/ModelSpec).
#include "core/lora/lora_card.h"

#include <algorithm>
#include <charconv>

#include "core/base/json.h"

namespace darkroom {
namespace {

using Metadata = std::map<std::string, std::string>;

// sd-scripts writes Python's None for what it does not know.
std::string text_of(const Metadata& metadata, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const auto found = metadata.find(key);
    if (found != metadata.end() && !found->second.empty() && found->second != "None") {
      return found->second;
    }
  }
  return {};
}

template <typename Number>
std::optional<Number> number_of(const Metadata& metadata, const char* key) {
  const std::string text = text_of(metadata, {key});
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value) : std::nullopt;
}

std::vector<LoraCard::Tag> tags_of(const Metadata& metadata) {
  const Json json = Json::parse(text_of(metadata, {"ss_tag_frequency"}), nullptr, /*allow_exceptions=*/false);
  std::map<std::string, int64_t> counts;
  if (json.is_object()) {
    for (const auto& [folder, tags] : json.items()) {
      if (!tags.is_object()) {
        continue;
      }
      for (const auto& [tag, count] : tags.items()) {
        const size_t first = tag.find_first_not_of(' ');
        if (count.is_number_unsigned() && first != std::string::npos) {
          counts[tag.substr(first, tag.find_last_not_of(' ') - first + 1)] +=
              static_cast<int64_t>(std::min<uint64_t>(count.get<uint64_t>(), 1'000'000'000));  // so that no sum overflows
        }
      }
    }
  }
  std::vector<LoraCard::Tag> sorted;
  sorted.reserve(counts.size());
  for (const auto& [name, count] : counts) {
    sorted.push_back({name, count});
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const LoraCard::Tag& a, const LoraCard::Tag& b) { return a.count > b.count; });
  return sorted;
}

}  // namespace

LoraCard read_lora_card(const Metadata& metadata) {
  LoraCard card;
  card.title = text_of(metadata, {"modelspec.title", "ss_output_name"});
  card.base_model = text_of(metadata, {"ss_sd_model_name"});
  card.base_version = text_of(metadata, {"ss_base_model_version", "modelspec.architecture"});
  card.network_dim = number_of<int64_t>(metadata, "ss_network_dim");
  card.network_alpha = number_of<double>(metadata, "ss_network_alpha");
  card.tags = tags_of(metadata);
  return card;
}

}  // namespace darkroom
