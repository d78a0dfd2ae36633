// SPDX-License-Identifier: Apache-2.0
// Files that hold weights, whatever their format: safetensors or torch.save, one file or shards with an index.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/safetensors.h"

namespace darkroom {

class TorchArchive;

/// Which of a folder's files is meant where it has several of one part.
enum class WeightVariant {
  usual,    ///< the plain name; else a variant's ("….fp16.safetensors"), never that of live weights
  non_ema,  ///< the live weights that Stable Diffusion's own folders keep beside the moving average ("….non_ema.safetensors")
};

/// The files of one component, or one file with all of a model, mapped into memory. Thread-safe after construction.
///
/// What a file is, its first bytes say, not its suffix.
class WeightFiles {
 public:
  /// path    a file (safetensors, or any of torch.save), an index of shards (`*.index.json`), or a folder that holds
  ///         `diffusion_pytorch_model`, `model` or `pytorch_model` as one of these, with or without a variant in its name
  /// throws  Error{not_found} naming what was looked for; Error{bad_input} naming the file and what is wrong with it: not weights at all,
  ///         cut off, an index that disagrees with its shards
  explicit WeightFiles(const std::filesystem::path& path, WeightVariant variant = WeightVariant::usual);
  ~WeightFiles();
  WeightFiles(WeightFiles&&) noexcept;
  WeightFiles& operator=(WeightFiles&&) noexcept;

  /// The file or index that was found.
  const std::filesystem::path& path() const { return path_; }
  /// All that are mapped: the file itself, or its shards.
  std::vector<std::filesystem::path> files() const;
  /// "safetensors" or "torch".
  std::string_view format() const;

  /// Sorted by name. Those of a torch file have the keys of its dicts before them: "state_dict.conv_in.weight".
  std::vector<TensorInfo> tensors() const;
  bool contains(const std::string& name) const { return file_by_name_.contains(name); }
  /// throws Error{not_found} naming the file and the tensor
  const TensorInfo& info(const std::string& name) const;
  /// A contiguous CPU tensor over the mapped file; it keeps the mapping alive. Copied only where the file holds it strided or off its
  /// alignment. throws Error{not_found} as above, Error{bad_input} for a damaged entry
  torch::Tensor tensor(const std::string& name) const;

  /// Of a safetensors header; of the first shard. Empty for torch files.
  const std::map<std::string, std::string>& metadata() const;
  /// The torch file, for what it holds besides tensors; null for safetensors and shards.
  const TorchArchive* archive() const;

  /// Whether a folder holds weights that the constructor would find.
  static bool any_in(const std::filesystem::path& folder);

 private:
  struct Shard;
  const Shard& shard_of(const std::string& name) const;
  void add_shards(const std::map<std::string, std::string>& file_by_name);

  std::filesystem::path path_;
  std::vector<Shard> shards_;
  std::map<std::string, size_t> file_by_name_;
};

}  // namespace darkroom
