// SPDX-License-Identifier: Apache-2.0
// Members of meta.json that say when and where a checkpoint was made (time, reason, threads) are left out: only what a resume reads counts.
#include "core/checkpoint/state_hash.h"

#include <xxhash.h>

#include <algorithm>
#include <map>

#include "core/base/format.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/content_hash.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr const char* weights_file = "diffusion_pytorch_model.safetensors";
constexpr const char* state_file = "training_state.safetensors";
/// Members of meta.json that decide the next step.
constexpr const char* members[] = {"cursor", "guard", "quarantine"};

std::vector<TensorInfo> sorted_tensors(const SafetensorsFile& file) {
  std::vector<TensorInfo> infos = file.tensors();
  std::sort(infos.begin(), infos.end(), [](const TensorInfo& a, const TensorInfo& b) { return a.name < b.name; });
  return infos;
}

void add_tensor(ContentHash& hash, const SafetensorsFile& file, const TensorInfo& info) {
  hash.add(format("{} {} [{}]\n", info.name, safetensors_dtype_name(info.dtype), fmt::join(info.shape, ",")));
  const std::span<const std::byte> bytes = file.bytes(info.name);
  hash.add(bytes.data(), bytes.size());
}

std::string whole_file(const fs::path& path) {
  const SafetensorsFile file(path);
  ContentHash hash;
  for (const TensorInfo& info : sorted_tensors(file)) {
    add_tensor(hash, file, info);
  }
  return hash.digest();
}

std::string part_of(const std::string& tensor) { return tensor.substr(0, tensor.find('.')); }

std::string member_text(const Json& meta, const char* name) { return meta.contains(name) ? meta.at(name).dump() : std::string("null"); }

std::string hash_of(const std::string& text) {
  ContentHash hash;
  hash.add(text);
  return hash.digest();
}

/// The first tensor of two files that differs, of those whose part is `part` (all when empty).
std::string tensor_difference(const fs::path& left_path, const fs::path& right_path, const std::string& part) {
  const SafetensorsFile left(left_path);
  const SafetensorsFile right(right_path);
  for (const TensorInfo& info : sorted_tensors(left)) {
    if (!part.empty() && part_of(info.name) != part) {
      continue;
    }
    if (!right.contains(info.name)) {
      return format("{} is missing in {}", info.name, right_path.string());
    }
    if (!(right.info(info.name) == info)) {
      return format("{} has another shape or number format in {}", info.name, right_path.string());
    }
    const std::span<const std::byte> a = left.bytes(info.name);
    const std::span<const std::byte> b = right.bytes(info.name);
    if (!std::equal(a.begin(), a.end(), b.begin(), b.end())) {
      const torch::Tensor x = left.tensor(info.name).to(torch::kFloat64);
      const torch::Tensor y = right.tensor(info.name).to(torch::kFloat64);
      return format("{}: {} of {} numbers differ, by at most {:.3g}", info.name, x.ne(y).sum().item<int64_t>(), x.numel(),
                    (x - y).abs().max().item<double>());
    }
  }
  return format("{} holds tensors that {} lacks", right_path.string(), left_path.string());
}

}  // namespace

std::vector<StatePart> checkpoint_state_parts(const fs::path& folder) {
  const Json meta = read_checkpoint_meta(folder);
  std::vector<StatePart> parts{{"unet", whole_file(folder / "unet" / weights_file)}};
  for (size_t i = 0; i < ema_count(meta); ++i) {
    parts.push_back({ema_folder(i), whole_file(folder / ema_folder(i) / weights_file)});
  }
  const SafetensorsFile state(folder / state_file);
  std::map<std::string, ContentHash> by_part;
  for (const TensorInfo& info : sorted_tensors(state)) {
    add_tensor(by_part[part_of(info.name)], state, info);
  }
  for (const auto& [name, hash] : by_part) {
    parts.push_back({name, hash.digest()});
  }
  for (const char* name : members) {
    parts.push_back({name, hash_of(member_text(meta, name))});
  }
  return parts;
}

std::string checkpoint_state_hash(const fs::path& folder) {
  ContentHash hash;
  for (const StatePart& part : checkpoint_state_parts(folder)) {
    hash.add(format("{} {}\n", part.name, part.hash));
  }
  return hash.digest();
}

std::optional<StateDifference> first_difference(const fs::path& left, const fs::path& right) {
  const std::vector<StatePart> a = checkpoint_state_parts(left);
  const std::vector<StatePart> b = checkpoint_state_parts(right);
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    if (i < a.size() && i < b.size() && a[i] == b[i]) {
      continue;
    }
    if (i >= a.size() || i >= b.size() || a[i].name != b[i].name) {
      const std::string name = i < a.size() ? a[i].name : b[i].name;
      return StateDifference{name, format("only one of {} and {} has this part", left.string(), right.string())};
    }
    const std::string& name = a[i].name;
    if (std::find(std::begin(members), std::end(members), name) != std::end(members)) {
      return StateDifference{name, format("{} in {}, {} in {}", member_text(read_checkpoint_meta(left), name.c_str()), left.string(),
                                          member_text(read_checkpoint_meta(right), name.c_str()), right.string())};
    }
    if (name.starts_with("unet")) {
      return StateDifference{name, tensor_difference(left / name / weights_file, right / name / weights_file, {})};
    }
    return StateDifference{name, tensor_difference(left / state_file, right / state_file, name)};
  }
  return std::nullopt;
}

}  // namespace darkroom
