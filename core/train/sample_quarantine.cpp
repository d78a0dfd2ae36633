// SPDX-License-Identifier: Apache-2.0
// A substitute is a function of the set and the row alone, so every rank and every resume takes the same one without being told.
#include "core/train/sample_quarantine.h"

#include <algorithm>

#include "core/base/format.h"
#include "core/text/clip_tokenizer.h"

namespace darkroom {
namespace {

constexpr uint16_t magnitude_mask = 0x7FFF;
constexpr uint16_t impossible = 0x5400;  // 64 as fp16; latents reach about 4. NaN and infinity are above it
constexpr int32_t vocabulary = 49408;

uint16_t largest_magnitude(std::span<const uint16_t> halves) {
  uint16_t largest = 0;
  for (const uint16_t bits : halves) {
    largest = std::max(largest, static_cast<uint16_t>(bits & magnitude_mask));
  }
  return largest;
}

}  // namespace

std::optional<std::string> sample_problem(const TrainingSet& set, uint64_t row) {
  if (largest_magnitude(set.latent(row)) >= impossible) {
    return "its latent has numbers that are not finite, or 64 and more: the file is damaged";
  }
  for (const int32_t id : set.ids(row)) {
    if (id < 0 || id >= vocabulary) {
      return format("its token id {} is outside 0 … {}: the file is damaged", id, vocabulary - 1);
    }
  }
  return std::nullopt;
}

bool SampleQuarantine::contains(const TrainingSet& set, uint64_t row) const {
  const std::lock_guard lock(mutex_);
  if (keys_.empty()) {
    return false;
  }
  const auto found = keys_.find(set.folder().string());
  return found != keys_.end() && found->second.contains(set.key(row));
}

bool SampleQuarantine::add(const TrainingSet& set, uint64_t row) {
  const std::lock_guard lock(mutex_);
  return keys_[set.folder().string()].emplace(set.key(row)).second;
}

Json SampleQuarantine::json() const {
  const std::lock_guard lock(mutex_);
  Json json = Json::object();
  for (const auto& [folder, keys] : keys_) {
    json[folder] = keys;
  }
  return json;
}

void SampleQuarantine::restore(const Json& json, std::string_view where) {
  const std::lock_guard lock(mutex_);
  keys_.clear();
  const auto refuse = [&] { fail(ErrorCode::bad_input, "{}: /quarantine: expected lists of image keys by dataset folder", where); };
  if (!json.is_object()) {
    refuse();
  }
  for (const auto& [folder, keys] : json.items()) {
    if (!keys.is_array() || !std::all_of(keys.begin(), keys.end(), [](const Json& key) { return key.is_string(); })) {
      refuse();
    }
    for (const Json& key : keys) {
      keys_[folder].insert(key.get<std::string>());
    }
  }
}

ChosenRow choose_row(const TrainingSet& set, uint64_t row, const SampleQuarantine* quarantine) {
  ChosenRow chosen{.row = row, .newly_broken = {}};
  for (uint64_t tried = 0; tried < set.size(); ++tried) {
    const bool shut_out = quarantine != nullptr && quarantine->contains(set, chosen.row);
    if (!shut_out && !sample_problem(set, chosen.row)) {
      return chosen;
    }
    if (!shut_out) {
      chosen.newly_broken.push_back(chosen.row);
    }
    chosen.row = (chosen.row + 1) % set.size();
  }
  fail(ErrorCode::bad_input, "{}: none of its {} samples can be trained on; every latent is damaged", set.folder().string(), set.size());
}

}  // namespace darkroom
