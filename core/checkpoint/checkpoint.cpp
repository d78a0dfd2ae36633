// SPDX-License-Identifier: Apache-2.0
// The order of reliability.md 1.2: reserve, write, sync every file, meta.json, rename of the folder, sync of its parent. Nothing that
// exists is ever overwritten. Hashes are taken from the files as they were read back, so what is verified is what a resume will read.
#include "core/checkpoint/checkpoint.h"

#include <xxhash.h>

#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/weights_io.h"

namespace darkroom {
namespace {

constexpr int format_version = 1;
constexpr const char* weights_name = "diffusion_pytorch_model.safetensors";
constexpr const char* state_name = "training_state.safetensors";
constexpr const char* meta_name = "meta.json";

std::string hex(const XXH128_hash_t& hash) { return format("{:016x}{:016x}", hash.high64, hash.low64); }

struct HashState {
  XXH3_state_t* state = XXH3_createState();
  HashState() { XXH3_128bits_reset(state); }
  ~HashState() { XXH3_freeState(state); }
  HashState(const HashState&) = delete;
  HashState& operator=(const HashState&) = delete;
  void add(const void* bytes, size_t count) { XXH3_128bits_update(state, bytes, count); }
  void add(std::string_view text) { add(text.data(), text.size()); }
  std::string digest() const { return hex(XXH3_128bits_digest(state)); }
};

std::string file_hash(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    fail(ErrorCode::not_found, "{} cannot be read", path.string());
  }
  HashState hash;
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

std::vector<std::string> part_files() {
  return {"unet/config.json", format("unet/{}", weights_name), "unet_ema/config.json", format("unet_ema/{}", weights_name),
          std::string(state_name)};
}

void write_unet_part(const std::filesystem::path& folder, const CheckpointContent& content, const Weights& weights) {
  std::filesystem::create_directories(folder);
  write_file_atomically(folder / "config.json", content.unet_config.dump(2) + "\n");
  write_weights(*content.layout, weights, folder / weights_name, torch::kFloat32);
  sync_directory(folder);
}

void write_moments(const std::filesystem::path& path, const CheckpointContent& content) {
  std::vector<TensorInfo> infos;
  std::vector<torch::Tensor> tensors;
  for (int i = 0; i < content.layout->size(); ++i) {
    const ParameterSlot& slot = content.layout->slot(i);
    infos.push_back({"exp_avg." + slot.name, torch::kFloat32, slot.shape});
    tensors.push_back(content.exp_avg[static_cast<size_t>(i)]);
    infos.push_back({"exp_avg_sq." + slot.name, torch::kFloat32, slot.shape});
    tensors.push_back(content.exp_avg_sq[static_cast<size_t>(i)]);
  }
  write_safetensors(path, infos, [&tensors](size_t index) { return tensors[index]; });
}

void check_room(const std::filesystem::path& folder, const ParameterLayout& layout) {
  // Weights, EMA and two moments in fp32, and a tenth to spare.
  const uint64_t needed = static_cast<uint64_t>(layout.parameter_count()) * 16 / 10 * 11 + (uint64_t{1} << 20);
  const uint64_t there = free_bytes(folder);
  if (there < needed) {
    fail(ErrorCode::io,
         "{} needs {:.2f} GB, but its disk has only {:.2f} GB left. Free some space, or keep fewer checkpoints (plan: "
         "checkpoint.keep_last).",
         folder.string(), static_cast<double>(needed) / 1e9, static_cast<double>(there) / 1e9);
  }
}

std::string tensors_hash(const SafetensorsFile& file) {
  std::vector<TensorInfo> infos = file.tensors();
  std::sort(infos.begin(), infos.end(), [](const TensorInfo& a, const TensorInfo& b) { return a.name < b.name; });
  HashState hash;
  for (const TensorInfo& info : infos) {
    hash.add(format("{} {} [{}]\n", info.name, safetensors_dtype_name(info.dtype), fmt::join(info.shape, ",")));
    const std::span<const std::byte> bytes = file.bytes(info.name);
    hash.add(bytes.data(), bytes.size());
  }
  return hash.digest();
}

torch::Tensor moment(const SafetensorsFile& file, const std::string& name, const ParameterSlot& slot) {
  if (!file.contains(name)) {
    fail(ErrorCode::bad_input, "{}: {} is missing; the checkpoint belongs to another model", file.path().string(), name);
  }
  torch::Tensor tensor = file.tensor(name);
  if (tensor.sizes() != at::IntArrayRef(slot.shape) || tensor.scalar_type() != torch::kFloat32) {
    fail(ErrorCode::bad_input, "{}: {} must be float32 [{}], but is {} [{}]", file.path().string(), name, fmt::join(slot.shape, ","),
         c10::toString(tensor.scalar_type()), fmt::join(tensor.sizes(), ","));
  }
  return tensor;
}

}  // namespace

Json write_checkpoint(const std::filesystem::path& folder, const CheckpointContent& content) {
  const auto slots = static_cast<size_t>(content.layout != nullptr ? content.layout->size() : -1);
  if (content.master.size() != slots || content.ema.size() != slots || content.exp_avg.size() != slots ||
      content.exp_avg_sq.size() != slots) {
    throw std::invalid_argument("[write_checkpoint] weights, EMA and both moments need one tensor for each slot of the layout");
  }
  check_room(folder, *content.layout);
  const std::filesystem::path partial = folder.string() + ".partial";
  std::filesystem::remove_all(partial);
  std::filesystem::create_directories(partial);
  write_unet_part(partial / "unet", content, content.master);
  write_unet_part(partial / "unet_ema", content, content.ema);
  write_moments(partial / state_name, content);

  Json meta{{"darkroom_checkpoint", format_version}};
  meta.update(content.facts);
  meta["parameters"] = content.layout->parameter_count();
  Json files = Json::object();
  for (const std::string& name : part_files()) {
    files[name] = {{"bytes", std::filesystem::file_size(partial / name)}, {"xxh3_128", file_hash(partial / name)}};
  }
  meta["files"] = std::move(files);
  write_file_atomically(partial / meta_name, meta.dump(2) + "\n");
  sync_directory(partial);
  rename_durably(partial, folder);
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
  for (const std::string& name : part_files()) {
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
  state.ema = read_weights(layout, folder / "unet_ema", torch::kFloat32, torch::kCPU);
  const SafetensorsFile moments(folder / state_name);
  for (const ParameterSlot& slot : layout.all_slots()) {
    state.exp_avg.push_back(moment(moments, "exp_avg." + slot.name, slot));
    state.exp_avg_sq.push_back(moment(moments, "exp_avg_sq." + slot.name, slot));
  }
  return state;
}

std::string checkpoint_state_hash(const std::filesystem::path& folder) {
  const Json meta = read_checkpoint_meta(folder);
  HashState hash;
  hash.add(format("unet {}\n", tensors_hash(SafetensorsFile(folder / "unet" / weights_name))));
  hash.add(format("unet_ema {}\n", tensors_hash(SafetensorsFile(folder / "unet_ema" / weights_name))));
  hash.add(format("training_state {}\n", tensors_hash(SafetensorsFile(folder / state_name))));
  hash.add(format("cursor {}\n", meta.contains("cursor") ? meta.at("cursor").dump() : std::string("null")));
  return hash.digest();
}

std::vector<std::filesystem::path> prune_checkpoints(const std::filesystem::path& checkpoints, int64_t keep_last, bool keep_epochs) {
  struct Found {
    std::filesystem::path folder;
    bool epoch_end = false;
  };
  std::vector<Found> found;
  for (const auto& entry : std::filesystem::directory_iterator(checkpoints)) {
    const bool named = entry.path().filename().string().starts_with("step_") && !entry.path().has_extension();
    if (named && std::filesystem::exists(entry.path() / meta_name)) {
      found.push_back({entry.path(), read_checkpoint_meta(entry.path()).value("epoch_end", false)});
    }
  }
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.folder.filename() < b.folder.filename(); });
  constexpr size_t always = 2;
  std::vector<std::filesystem::path> removed;
  const auto keep = static_cast<size_t>(std::max<int64_t>(keep_last, 0));
  size_t younger = 0;  // candidates that are kept because they are young
  for (size_t from_end = 0; from_end < found.size(); ++from_end) {
    const Found& checkpoint = found[found.size() - 1 - from_end];
    if (keep_epochs && checkpoint.epoch_end) {
      continue;
    }
    if (younger < keep || from_end < always) {
      ++younger;
      continue;
    }
    removed.push_back(checkpoint.folder);
  }
  std::reverse(removed.begin(), removed.end());
  for (const std::filesystem::path& folder : removed) {
    const std::filesystem::path trash = checkpoints / (folder.filename().string() + ".trash");
    std::filesystem::remove_all(trash);
    rename_durably(folder, trash);
    std::filesystem::remove_all(trash);
  }
  return removed;
}

}  // namespace darkroom
