// SPDX-License-Identifier: Apache-2.0
// All that does not fit is reported at once: a person with the wrong file sees so at a glance.
#include "core/checkpoint/weights_io.h"

#include <xxhash.h>

#include <algorithm>
#include <set>

#include "core/base/format.h"
#include "core/base/json.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* index_suffix = ".safetensors.index.json";

fs::path find_weights(const fs::path& path) {
  if (!fs::is_directory(path)) {
    return path;
  }
  std::vector<std::string> names;
  for (const char* suffix : {".safetensors", index_suffix}) {
    for (const char* stem : {"diffusion_pytorch_model", "model"}) {
      names.push_back(std::string(stem) + suffix);
      if (fs::is_regular_file(path / names.back())) {
        return path / names.back();
      }
    }
  }
  fail(ErrorCode::not_found, "{}: holds no weights; expected one of {}", path.string(), fmt::join(names, ", "));
}

// Shard file name by tensor name.
std::map<std::string, std::string> read_index(const fs::path& path) {
  const Json json = read_json_file(path);
  const auto found = json.is_object() ? json.find("weight_map") : json.end();
  if (!json.is_object() || found == json.end() || !found->is_object() || found->empty()) {
    fail(ErrorCode::bad_input, "{}: expected an object \"weight_map\" of tensor names and file names", path.string());
  }
  std::map<std::string, std::string> shards;
  for (const auto& [name, file] : found->items()) {
    const std::string text = file.is_string() ? file.get<std::string>() : "";
    if (text.empty() || fs::path(text).filename() != text || !text.ends_with(".safetensors")) {
      fail(ErrorCode::bad_input, "{}: \"{}\" must name a .safetensors file beside the index, got {}", path.string(), name, file.dump());
    }
    shards.emplace(name, text);
  }
  return shards;
}

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

class Hasher {
 public:
  Hasher() { XXH3_128bits_reset(&state_); }
  void add(const TensorInfo& info, std::span<const std::byte> bytes) {
    const std::string head = format("{}\n{}\n{}\n", info.name, safetensors_dtype_name(info.dtype), fmt::join(info.shape, ","));
    XXH3_128bits_update(&state_, head.data(), head.size());
    XXH3_128bits_update(&state_, bytes.data(), bytes.size());
  }
  std::string hex() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(&state_);
    return format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  XXH3_state_t state_{};
};

}  // namespace

WeightFiles::WeightFiles(const fs::path& path) : path_(find_weights(path)) {
  if (!path_.string().ends_with(index_suffix)) {
    files_.emplace_back(path_);
    for (const TensorInfo& info : files_.front().tensors()) {
      file_by_name_.emplace(info.name, 0);
    }
    return;
  }
  const std::map<std::string, std::string> shards = read_index(path_);
  std::map<std::string, size_t> opened;
  for (const auto& [name, shard] : shards) {
    const auto [entry, is_new] = opened.emplace(shard, files_.size());
    if (is_new) {
      files_.emplace_back(path_.parent_path() / shard);
    }
    if (!files_[entry->second].contains(name)) {
      fail(ErrorCode::bad_input, "{}: says that {} holds \"{}\", but it does not", path_.string(), shard, name);
    }
    file_by_name_.emplace(name, entry->second);
  }
  for (const SafetensorsFile& file : files_) {
    for (const TensorInfo& info : file.tensors()) {
      const auto found = shards.find(info.name);
      if (found == shards.end() || found->second != file.path().filename()) {
        fail(ErrorCode::bad_input, "{}: holds \"{}\", which {} does not say", file.path().string(), info.name, path_.filename().string());
      }
    }
  }
}

const SafetensorsFile& WeightFiles::file_of(const std::string& name) const {
  const auto found = file_by_name_.find(name);
  if (found == file_by_name_.end()) {
    fail(ErrorCode::not_found, "{}: holds no tensor \"{}\"", path_.string(), name);
  }
  return files_[found->second];
}

std::vector<TensorInfo> WeightFiles::tensors() const {
  std::vector<TensorInfo> all;
  for (const auto& [name, file] : file_by_name_) {
    all.push_back(files_[file].info(name));
  }
  return all;
}

Weights read_weights(const ParameterLayout& layout, const fs::path& path, torch::ScalarType dtype, torch::Device device,
                     const NameRules& rules) {
  const WeightFiles files(path);
  std::vector<std::string> file_names(static_cast<size_t>(layout.size()));
  std::vector<std::string> unexpected, wrong, missing;
  for (const TensorInfo& info : files.tensors()) {
    const std::optional<std::string> name = layout_name(info.name, layout, rules);
    if (!name) {
      if (!is_ignored(info.name, rules)) {
        unexpected.push_back(info.name);
      }
      continue;
    }
    const int slot = layout.index_of(*name);
    std::string& used = file_names[static_cast<size_t>(slot)];
    if (!used.empty()) {
      wrong.push_back(format("{} and {} are both {}", used, info.name, *name));
    }
    used = info.name;
    if (info.shape != layout.slot(slot).shape) {
      wrong.push_back(format("{} is [{}], expected [{}]", info.name, fmt::join(info.shape, ","), fmt::join(layout.slot(slot).shape, ",")));
    } else if (!c10::isFloatingType(info.dtype)) {
      wrong.push_back(format("{} is {}, expected a floating-point type", info.name, safetensors_dtype_name(info.dtype)));
    }
  }
  for (int i = 0; i < layout.size(); ++i) {
    if (file_names[static_cast<size_t>(i)].empty()) {
      missing.push_back(layout.slot(i).name);
    }
  }
  if (!missing.empty() || !unexpected.empty() || !wrong.empty()) {
    std::string text = format("{}: does not hold the weights that config.json describes", files.path().string());
    append_list(text, "missing", missing);
    append_list(text, "not known", unexpected);
    append_list(text, "wrong", wrong);
    throw Error(ErrorCode::bad_input, text);
  }

  Weights weights;
  weights.reserve(file_names.size());
  for (const std::string& name : file_names) {
    weights.push_back(files.file_of(name).tensor(name).to(torch::TensorOptions().dtype(dtype).device(device)));
  }
  return weights;
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
    hasher.add({name, tensor.scalar_type(), tensor.sizes().vec()}, {static_cast<const std::byte*>(tensor.data_ptr()), tensor.nbytes()});
  }
  return hasher.hex();
}

std::string weights_hash(const WeightFiles& files) {
  Hasher hasher;
  for (const TensorInfo& info : files.tensors()) {
    hasher.add(info, files.file_of(info.name).bytes(info.name));
  }
  return hasher.hex();
}

}  // namespace darkroom
