// SPDX-License-Identifier: Apache-2.0
// A shard is opened as what it is: suffixes lie, and people rename files.
#include "core/checkpoint/weight_files.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <set>

#include "core/base/format.h"
#include "core/base/json.h"
#include "core/checkpoint/torch_archive.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 3> stems = {"diffusion_pytorch_model", "model", "pytorch_model"};
constexpr std::array<std::string_view, 2> suffixes = {".safetensors", ".bin"};
constexpr std::string_view live_variant = "non_ema";

// Starts of files that people take for weights, and what to do instead.
struct Mistaken {
  std::string_view start;
  std::string_view what;
};
constexpr std::array<Mistaken, 6> mistaken = {
    {{"version https://git-lfs", "is a pointer of git-lfs, not the file itself; fetch it with git lfs pull"},
     {"<", "is a web page; the download went wrong"},
     {"GGUF", "is a GGUF file; expected safetensors or a file of torch.save"},
     {"\x1f\x8b", "is packed with gzip; unpack it first"},
     {"\x89PNG", "is a picture"},
     {"Rar!", "is a RAR archive; unpack it first"}}};

std::string first_bytes(const fs::path& path) {
  std::array<char, 32> bytes{};
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), bytes.size());
  return {bytes.data(), static_cast<size_t>(file.gcount())};
}

void reject_mistaken(const fs::path& path) {
  const std::string start = first_bytes(path);
  for (const Mistaken& entry : mistaken) {
    // A header length may begin with any byte: only a text or a magic number longer than chance counts, or one without JSON behind it.
    if (start.starts_with(entry.start) && !(start.size() > 8 && start[8] == '{')) {
      fail(ErrorCode::bad_input, "{}: {}", path.string(), entry.what);
    }
  }
}

// "diffusion_pytorch_model.fp16.safetensors" -> "fp16"; "" for the plain name; nothing for another file.
std::optional<std::string> variant_of(const std::string& name, std::string_view stem, std::string_view suffix, bool index) {
  std::string_view rest = name;
  if (!rest.starts_with(stem)) {
    return std::nullopt;
  }
  rest.remove_prefix(stem.size());
  if (index) {  // stem.safetensors.index[.variant].json
    if (!rest.starts_with(suffix) || !rest.ends_with(".json")) {
      return std::nullopt;
    }
    rest.remove_prefix(suffix.size());
    rest.remove_suffix(5);
    if (!rest.starts_with(".index")) {
      return std::nullopt;
    }
    rest.remove_prefix(6);
  } else {  // stem[.variant].safetensors
    if (!rest.ends_with(suffix)) {
      return std::nullopt;
    }
    rest.remove_suffix(suffix.size());
  }
  if (rest.empty()) {
    return "";
  }
  rest.remove_prefix(rest.front() == '.' ? 1 : 0);
  return rest.empty() || rest.find('.') != std::string_view::npos || rest.data() == name.data() + stem.size()
             ? std::nullopt
             : std::make_optional(std::string(rest));
}

// The best file of a folder: the variant asked for, then plain, fp16 and others; safetensors before torch, one file before shards.
std::optional<std::string> find_in(const fs::path& folder, WeightVariant wanted) {
  using Rank = std::tuple<int, int, size_t, int, std::string>;
  std::optional<Rank> best;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    for (size_t suffix = 0; suffix < suffixes.size(); ++suffix) {
      for (size_t stem = 0; stem < stems.size(); ++stem) {
        for (const bool index : {false, true}) {
          const std::optional<std::string> variant = variant_of(name, stems[stem], suffixes[suffix], index);
          const bool shard = variant && variant->find("-of-") != std::string::npos;
          if (!variant || shard || !entry.is_regular_file() || (wanted == WeightVariant::usual && *variant == live_variant)) {
            continue;
          }
          const bool asked_for = wanted == WeightVariant::non_ema && *variant == live_variant;
          const int order = asked_for ? 0 : variant->empty() ? 1 : *variant == "fp16" ? 2 : 3;
          const Rank rank{order, static_cast<int>(suffix), stem, index ? 1 : 0, name};
          best = best ? std::min(*best, rank) : rank;
        }
      }
    }
  }
  return best ? std::make_optional(std::get<std::string>(*best)) : std::nullopt;
}

fs::path find_weights(const fs::path& path, WeightVariant variant) {
  if (!fs::is_directory(path)) {
    return path;
  }
  if (const std::optional<std::string> name = find_in(path, variant)) {
    return path / *name;
  }
  fail(ErrorCode::not_found,
       "{}: holds no weights; expected diffusion_pytorch_model.safetensors, model.safetensors, pytorch_model.bin or an index of shards",
       path.string());
}

bool is_index(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".json") && name.find(".index") != std::string::npos;
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
    const bool weights = text.ends_with(".safetensors") || text.ends_with(".bin");
    if (text.empty() || fs::path(text).filename() != text || !weights) {
      fail(ErrorCode::bad_input, "{}: \"{}\" must name a .safetensors or .bin file beside the index, got {}", path.string(), name,
           file.dump());
    }
    shards.emplace(name, text);
  }
  return shards;
}

}  // namespace

struct WeightFiles::Shard {
  explicit Shard(const fs::path& path) {
    reject_mistaken(path);
    if (TorchArchive::is_archive(path)) {
      torch = std::make_unique<TorchArchive>(path);
    } else {
      safetensors.emplace(path);
    }
  }

  const fs::path& path() const { return torch ? torch->path() : safetensors->path(); }
  const std::vector<TensorInfo>& tensors() const { return torch ? torch->tensors() : safetensors->tensors(); }
  bool contains(const std::string& name) const { return torch ? torch->contains(name) : safetensors->contains(name); }
  const TensorInfo& info(const std::string& name) const { return torch ? torch->info(name) : safetensors->info(name); }
  torch::Tensor tensor(const std::string& name) const { return torch ? torch->tensor(name).contiguous() : safetensors->tensor(name); }

  std::optional<SafetensorsFile> safetensors;
  std::unique_ptr<TorchArchive> torch;
};

WeightFiles::WeightFiles(const fs::path& path, WeightVariant variant) : path_(find_weights(path, variant)) {
  if (is_index(path_)) {
    add_shards(read_index(path_));
    return;
  }
  shards_.emplace_back(path_);
  for (const TensorInfo& info : shards_.front().tensors()) {
    file_by_name_.emplace(info.name, 0);
  }
}

WeightFiles::~WeightFiles() = default;
WeightFiles::WeightFiles(WeightFiles&&) noexcept = default;
WeightFiles& WeightFiles::operator=(WeightFiles&&) noexcept = default;

void WeightFiles::add_shards(const std::map<std::string, std::string>& file_by_name) {
  std::map<std::string, size_t> number_by_file;
  for (const auto& [name, file] : file_by_name) {
    if (number_by_file.emplace(file, shards_.size()).second) {
      shards_.emplace_back(path_.parent_path() / file);
    }
    const size_t number = number_by_file.at(file);
    if (!shards_[number].contains(name)) {
      fail(ErrorCode::bad_input, "{}: says that {} holds \"{}\", but it does not", path_.string(), file, name);
    }
    file_by_name_.emplace(name, number);
  }
  for (const Shard& shard : shards_) {
    for (const TensorInfo& info : shard.tensors()) {
      const auto named = file_by_name.find(info.name);
      if (named == file_by_name.end() || named->second != shard.path().filename()) {
        fail(ErrorCode::bad_input, "{}: holds \"{}\", which {} does not say", shard.path().string(), info.name, path_.filename().string());
      }
    }
  }
}

std::vector<fs::path> WeightFiles::files() const {
  std::vector<fs::path> paths;
  for (const Shard& shard : shards_) {
    paths.push_back(shard.path());
  }
  return paths;
}

std::string_view WeightFiles::format() const { return shards_.front().torch ? "torch" : "safetensors"; }

const WeightFiles::Shard& WeightFiles::shard_of(const std::string& name) const {
  const auto found = file_by_name_.find(name);
  if (found == file_by_name_.end()) {
    fail(ErrorCode::not_found, "{}: holds no tensor \"{}\"", path_.string(), name);
  }
  return shards_[found->second];
}

std::vector<TensorInfo> WeightFiles::tensors() const {
  std::vector<TensorInfo> all;
  all.reserve(file_by_name_.size());
  for (const auto& [name, number] : file_by_name_) {
    all.push_back(shards_[number].info(name));
  }
  return all;
}

const TensorInfo& WeightFiles::info(const std::string& name) const { return shard_of(name).info(name); }
torch::Tensor WeightFiles::tensor(const std::string& name) const { return shard_of(name).tensor(name); }

const std::map<std::string, std::string>& WeightFiles::metadata() const {
  static const std::map<std::string, std::string> none;
  return shards_.front().safetensors ? shards_.front().safetensors->metadata() : none;
}

const TorchArchive* WeightFiles::archive() const { return shards_.size() == 1 ? shards_.front().torch.get() : nullptr; }

bool WeightFiles::any_in(const fs::path& folder) { return find_in(folder, WeightVariant::usual).has_value(); }

}  // namespace darkroom
