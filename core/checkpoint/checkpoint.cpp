// SPDX-License-Identifier: Apache-2.0
// The order of reliability.md 1.2: reserve, write, sync every file, meta.json, rename of the folder, sync of its parent. Nothing that
// exists is ever overwritten. Hashes are taken from the files as they were read back, so what is verified is what a resume will read.
#include "core/checkpoint/checkpoint.h"

#include <algorithm>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/checkpoint/content_hash.h"
#include "core/checkpoint/weights_io.h"

namespace darkroom {
namespace {

constexpr int format_version = 1;
constexpr const char* weights_name = "diffusion_pytorch_model.safetensors";
constexpr const char* state_name = "training_state.safetensors";
constexpr const char* meta_name = "meta.json";

std::string file_hash(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    fail(ErrorCode::not_found, "{} cannot be read", path.string());
  }
  ContentHash hash;
  std::vector<char> block(size_t{4} << 20);
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    hash.add(block.data(), static_cast<size_t>(file.gcount()));
  }
  if (file.bad()) {
    fail(ErrorCode::io, "{} cannot be read to its end", path.string());
  }
  return hash.digest();
}

void write_unet_part(const std::filesystem::path& folder, const CheckpointContent& content, const Weights& weights) {
  std::filesystem::create_directories(folder);
  write_file_atomically(folder / "config.json", content.unet_config.dump(2) + "\n");
  write_weights(*content.layout, weights, folder / weights_name, torch::kFloat32);
  sync_directory(folder);
}

uint64_t content_bytes(const CheckpointContent& content) {
  const size_t sets = 2 + content.more_emas.size();  // weights and averages
  uint64_t bytes = static_cast<uint64_t>(content.layout->parameter_count()) * sets * sizeof(float);
  for (const NamedTensor& entry : content.state) {
    bytes += entry.tensor.nbytes();
  }
  return bytes;
}

void check_room(const std::filesystem::path& folder, const CheckpointContent& content) {
  // A tenth to spare, and something for headers and meta.json.
  const uint64_t needed = content_bytes(content) / 10 * 11 + (uint64_t{1} << 20);
  const uint64_t there = free_bytes(folder);
  if (there < needed) {
    fail(ErrorCode::io,
         "{} needs {:.2f} GB, but its disk has only {:.2f} GB left. Free some space, or keep fewer checkpoints (plan: "
         "checkpoint.keep_last).",
         folder.string(), static_cast<double>(needed) / 1e9, static_cast<double>(there) / 1e9);
  }
}

}  // namespace

Json write_checkpoint(const std::filesystem::path& folder, const CheckpointContent& content) {
  const auto slots = static_cast<size_t>(content.layout != nullptr ? content.layout->size() : -1);
  const bool all_emas =
      std::all_of(content.more_emas.begin(), content.more_emas.end(), [&](const Weights& ema) { return ema.size() == slots; });
  if (content.master.size() != slots || content.ema.size() != slots || !all_emas) {
    throw std::invalid_argument("[write_checkpoint] weights and EMA need one tensor for each slot of the layout");
  }
  check_room(folder, content);
  const std::filesystem::path partial = folder.string() + ".partial";
  std::filesystem::remove_all(partial);
  std::filesystem::create_directories(partial);
  write_unet_part(partial / "unet", content, content.master);
  write_unet_part(partial / ema_folder(0), content, content.ema);
  for (size_t i = 0; i < content.more_emas.size(); ++i) {
    write_unet_part(partial / ema_folder(i + 1), content, content.more_emas[i]);
  }
  write_safetensors(partial / state_name, content.state);

  Json meta{{"darkroom_checkpoint", format_version}};
  meta.update(content.facts);
  meta["parameters"] = content.layout->parameter_count();
  Json files = Json::object();
  for (const std::string& name : checkpoint_files(1 + content.more_emas.size())) {
    files[name] = {{"bytes", std::filesystem::file_size(partial / name)}, {"xxh3_128", file_hash(partial / name)}};
  }
  meta["files"] = std::move(files);
  write_file_atomically(partial / meta_name, meta.dump(2) + "\n");
  sync_directory(partial);
  // One of the same step is there when its last sync failed: it may or may not be on the disk.
  const std::filesystem::path trash = folder.string() + ".trash";
  if (std::filesystem::exists(folder)) {
    std::filesystem::remove_all(trash);
    std::filesystem::rename(folder, trash);
  }
  rename_durably(partial, folder);
  std::error_code ignored;  // a leftover at worst
  std::filesystem::remove_all(trash, ignored);
  return meta;
}

Json read_checkpoint_meta(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / meta_name)) {
    fail(ErrorCode::not_found, "{} is no complete checkpoint: it has no {}", folder.string(), meta_name);
  }
  Json meta = read_json_file(folder / meta_name);
  if (!meta.is_object() || meta.value("darkroom_checkpoint", 0) != format_version || !meta.contains("files") ||
      !meta.at("files").is_object()) {
    fail(ErrorCode::bad_input, "{} does not describe a checkpoint of version {}", (folder / meta_name).string(), format_version);
  }
  return meta;
}

void verify_checkpoint(const std::filesystem::path& folder) {
  const Json meta = read_checkpoint_meta(folder);
  const Json& files = meta.at("files");
  for (const std::string& name : checkpoint_files(ema_count(meta))) {
    const std::filesystem::path path = folder / name;
    const auto entry = files.find(name);
    if (entry == files.end()) {
      fail(ErrorCode::bad_input, "{}: no hash of {}", (folder / meta_name).string(), name);
    }
    std::error_code error;
    const uint64_t size = std::filesystem::file_size(path, error);
    if (error) {
      fail(ErrorCode::bad_input, "{} is missing from the checkpoint", path.string());
    }
    const auto expected = entry->value("bytes", uint64_t{0});
    if (size != expected) {
      fail(ErrorCode::bad_input, "{} has {} bytes, but was saved with {}", path.string(), size, expected);
    }
    if (file_hash(path) != entry->value("xxh3_128", std::string())) {
      fail(ErrorCode::bad_input, "{} has changed since it was saved (its hash differs from meta.json)", path.string());
    }
  }
}

CheckpointState read_checkpoint(const std::filesystem::path& folder, const ParameterLayout& layout) {
  verify_checkpoint(folder);
  CheckpointState state;
  state.meta = read_checkpoint_meta(folder);
  state.master = read_weights(layout, folder / "unet", torch::kFloat32, torch::kCPU);
  state.ema = read_weights(layout, folder / ema_folder(0), torch::kFloat32, torch::kCPU);
  for (size_t i = 1; i < ema_count(state.meta); ++i) {
    state.more_emas.push_back(read_weights(layout, folder / ema_folder(i), torch::kFloat32, torch::kCPU));
  }
  state.folder = folder;
  const SafetensorsFile file(folder / state_name);
  for (const TensorInfo& info : file.tensors()) {
    state.state.emplace(info.name, file.tensor(info.name));
  }
  return state;
}

Weights CheckpointState::part(const std::string& name, const ParameterLayout& layout) const {
  const std::string file = (folder / state_name).string();
  Weights tensors;
  for (const ParameterSlot& slot : layout.all_slots()) {
    const std::string key = name + "." + slot.name;
    const auto found = state.find(key);
    if (found == state.end()) {
      fail(ErrorCode::bad_input,
           "{}: {} is missing, so the training cannot go on exactly; the checkpoint belongs to another model or "
           "optimiser",
           file, key);
    }
    const torch::Tensor& tensor = found->second;
    if (tensor.sizes() != at::IntArrayRef(slot.shape) || tensor.scalar_type() != torch::kFloat32) {
      fail(ErrorCode::bad_input, "{}: {} must be float32 [{}], but is {} [{}]", file, key, fmt::join(slot.shape, ","),
           c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ","));
    }
    tensors.push_back(tensor);
  }
  return tensors;
}

void CheckpointState::require_only(const std::vector<std::string>& parts) const {
  for (const auto& [key, tensor] : state) {
    const std::string part = key.substr(0, key.find('.'));
    if (std::find(parts.begin(), parts.end(), part) == parts.end()) {
      fail(ErrorCode::bad_input, "{}: {} is state of another optimiser or setting than the plan's, which has {}",
           (folder / state_name).string(), key, fmt::join(parts, ", "));
    }
  }
}

std::string ema_folder(size_t index) { return index == 0 ? "unet_ema" : format("unet_ema_{}", index + 1); }

size_t ema_count(const Json& meta) {
  size_t count = 1;
  while (meta.at("files").contains(format("{}/config.json", ema_folder(count)))) {
    ++count;
  }
  return count;
}

std::vector<std::string> checkpoint_files(size_t emas) {
  std::vector<std::string> names{"unet/config.json", format("unet/{}", weights_name)};
  for (size_t i = 0; i < emas; ++i) {
    names.push_back(format("{}/config.json", ema_folder(i)));
    names.push_back(format("{}/{}", ema_folder(i), weights_name));
  }
  names.emplace_back(state_name);
  return names;
}

void append_state(std::vector<NamedTensor>& state, const std::string& part, const ParameterLayout& layout, const Weights& tensors) {
  if (tensors.size() != static_cast<size_t>(layout.size())) {
    throw std::invalid_argument(format("[append_state] {} needs {} tensors, got {}", part, layout.size(), tensors.size()));
  }
  for (int i = 0; i < layout.size(); ++i) {
    state.push_back({part + "." + layout.slot(i).name, tensors[static_cast<size_t>(i)]});
  }
}

}  // namespace darkroom
