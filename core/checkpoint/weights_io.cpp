// SPDX-License-Identifier: Apache-2.0
// All that does not fit is reported at once: a person with the wrong file sees so at a glance. Numbers are checked by their sum: NaN and
// infinity survive it, and it costs one pass at the speed of memory over pages that are needed anyway.
#include "core/checkpoint/weights_io.h"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/base/format.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

// The layout's name for a name in a file; nothing when it is to be ignored or fits nowhere.
std::optional<std::string> layout_name(const std::string& name, const ParameterLayout& layout, const NameRules& rules) {
  if (layout.contains(name)) {
    return name;
  }
  for (const auto& [from, to] : rules.aliases) {
    const size_t at = name.find(from);
    if (at == std::string::npos) {
      continue;
    }
    const std::string renamed = name.substr(0, at) + to + name.substr(at + from.size());
    if (layout.contains(renamed)) {
      return renamed;
    }
  }
  return std::nullopt;
}

bool is_ignored(const std::string& name, const NameRules& rules) {
  return std::any_of(rules.ignored_prefixes.begin(), rules.ignored_prefixes.end(),
                     [&](const std::string& prefix) { return name.starts_with(prefix); });
}

void append_list(std::string& text, const char* title, const std::vector<std::string>& entries) {
  if (!entries.empty()) {
    text += format("\n{} ({}):", title, entries.size());
    for (const std::string& entry : entries) {
      text += "\n  " + entry;
    }
  }
}

// A linear layer may lie in a file as a 1x1 convolution, and the other way round.
bool same_numbers(const std::vector<int64_t>& a, const std::vector<int64_t>& b) {
  const auto pointwise = [](const std::vector<int64_t>& shorter, const std::vector<int64_t>& longer) {
    return shorter.size() == 2 && longer.size() == 4 && std::equal(shorter.begin(), shorter.end(), longer.begin()) && longer[2] == 1 &&
           longer[3] == 1;
  };
  return a == b || pointwise(a, b) || pointwise(b, a);
}

torch::Tensor computable(const torch::Tensor& tensor) { return tensor.element_size() == 1 ? tensor.to(torch::kFloat32) : tensor; }

bool is_finite(const torch::Tensor& any) {
  const torch::Tensor tensor = computable(any);
  // A sum that overflows says nothing about its terms: then each is looked at.
  return std::isfinite(tensor.sum().item<double>()) || at::isfinite(tensor).all().item<bool>();
}

class Hasher {
 public:
  Hasher() { XXH3_128bits_reset(&state_); }
  void add(const TensorInfo& info, const torch::Tensor& contiguous) {
    const std::string head = format("{}\n{}\n{}\n", info.name, safetensors_dtype_name(info.dtype), fmt::join(info.shape, ","));
    XXH3_128bits_update(&state_, head.data(), head.size());
    XXH3_128bits_update(&state_, contiguous.const_data_ptr(), contiguous.nbytes());
  }
  std::string hex() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(&state_);
    return format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  XXH3_state_t state_{};
};

}  // namespace

MatchedWeights::MatchedWeights(const ParameterLayout& layout, std::shared_ptr<const WeightFiles> files,
                               const std::vector<RenamedTensor>& found)
    : files_(std::move(files)), file_names_(static_cast<size_t>(layout.size())) {
  std::vector<std::string> unexpected, wrong, missing;
  infos_.resize(file_names_.size());
  for (const RenamedTensor& tensor : found) {
    if (!layout.contains(tensor.name)) {
      unexpected.push_back(tensor.file_name);
      continue;
    }
    const int slot = layout.index_of(tensor.name);
    const auto at = static_cast<size_t>(slot);
    const TensorInfo& info = files_->info(tensor.file_name);
    if (!file_names_[at].empty()) {
      wrong.push_back(format("{} and {} are both {}", file_names_[at], tensor.file_name, tensor.name));
    }
    file_names_[at] = tensor.file_name;
    infos_[at] = {tensor.name, info.dtype, layout.slot(slot).shape};
    if (!same_numbers(info.shape, layout.slot(slot).shape)) {
      wrong.push_back(
          format("{} is [{}], expected [{}]", tensor.file_name, fmt::join(info.shape, ","), fmt::join(layout.slot(slot).shape, ",")));
    } else if (!c10::isFloatingType(info.dtype)) {
      wrong.push_back(format("{} is {}, expected a floating-point type", tensor.file_name, safetensors_dtype_name(info.dtype)));
    }
  }
  for (int i = 0; i < layout.size(); ++i) {
    if (file_names_[static_cast<size_t>(i)].empty()) {
      missing.push_back(layout.slot(i).name);
    }
  }
  if (!missing.empty() || !unexpected.empty() || !wrong.empty()) {
    std::string text = format("{}: does not hold the weights of the model that it should be", path().string());
    append_list(text, "missing", missing);
    append_list(text, "not known", unexpected);
    append_list(text, "wrong", wrong);
    throw Error(ErrorCode::bad_input, text);
  }
}

torch::Tensor MatchedWeights::tensor(size_t slot) const { return files_->tensor(file_names_.at(slot)).view(infos_[slot].shape); }

torch::Tensor MatchedWeights::tensor(size_t slot, torch::ScalarType dtype, torch::Device device) const {
  const torch::Tensor stored = tensor(slot);
  torch::Tensor wanted = stored.to(torch::TensorOptions().dtype(dtype).device(device));
  if (!is_finite(wanted)) {
    const torch::Tensor wrong = at::isfinite(computable(stored)).logical_not();
    const int64_t count = wrong.sum().item<int64_t>();
    if (count == 0) {
      fail(ErrorCode::bad_input, "{}: {} has numbers that do not fit {}; use fp32 or bf16", path().string(), file_names_[slot],
           c10::toString(dtype));
    }
    fail(ErrorCode::bad_input, "{}: {} is broken: {} of its {} numbers are NaN or infinite", path().string(), file_names_[slot], count,
         stored.numel());
  }
  return wanted;
}

MatchedWeights match_weights(const ParameterLayout& layout, const fs::path& path, const NameRules& rules, WeightVariant variant) {
  auto files = std::make_shared<const WeightFiles>(path, variant);
  std::vector<RenamedTensor> found;
  for (const TensorInfo& info : files->tensors()) {
    const std::optional<std::string> name = layout_name(info.name, layout, rules);
    if (name || !is_ignored(info.name, rules)) {
      found.push_back({info.name, name.value_or(info.name)});
    }
  }
  return {layout, std::move(files), found};
}

Weights load_weights(const MatchedWeights& matched, torch::ScalarType dtype, torch::Device device) {
  Weights weights;
  weights.reserve(matched.size());
  for (size_t i = 0; i < matched.size(); ++i) {
    weights.push_back(matched.tensor(i, dtype, device));
  }
  return weights;
}

Weights read_weights(const ParameterLayout& layout, const fs::path& path, torch::ScalarType dtype, torch::Device device,
                     const NameRules& rules) {
  return load_weights(match_weights(layout, path, rules), dtype, device);
}

void write_weights(const ParameterLayout& layout, const Weights& weights, const fs::path& file, torch::ScalarType dtype,
                   const std::map<std::string, std::string>& metadata) {
  if (weights.size() != static_cast<size_t>(layout.size())) {
    throw std::invalid_argument(format("[write_weights] expected {} tensors, got {}", layout.size(), weights.size()));
  }
  std::vector<TensorInfo> infos;
  infos.reserve(weights.size());
  for (const ParameterSlot& slot : layout.all_slots()) {
    infos.push_back({slot.name, dtype, slot.shape});
  }
  write_safetensors(
      file, infos, [&](size_t i) { return weights[i].detach().to(torch::kCPU).to(dtype); }, metadata);
}

std::string weights_hash(const ParameterLayout& layout, const Weights& weights) {
  std::map<std::string, size_t> sorted;
  for (int i = 0; i < layout.size(); ++i) {
    sorted.emplace(layout.slot(i).name, static_cast<size_t>(i));
  }
  Hasher hasher;
  for (const auto& [name, i] : sorted) {
    const torch::Tensor tensor = weights.at(i).detach().to(torch::kCPU).contiguous();
    hasher.add({name, tensor.scalar_type(), tensor.sizes().vec()}, tensor);
  }
  return hasher.hex();
}

std::string weights_hash(const MatchedWeights& matched) {
  std::map<std::string, size_t> sorted;
  for (size_t i = 0; i < matched.size(); ++i) {
    sorted.emplace(matched.info(i).name, i);
  }
  Hasher hasher;
  for (const auto& [name, i] : sorted) {
    hasher.add(matched.info(i), matched.tensor(i));
  }
  return hasher.hex();
}

std::string weights_hash(const WeightFiles& files) {
  Hasher hasher;
  for (const TensorInfo& info : files.tensors()) {
    hasher.add(info, files.tensor(info.name));
  }
  return hasher.hex();
}

}  // namespace darkroom
