// SPDX-License-Identifier: Apache-2.0
// Files of torch.save (.pt, .ckpt, .pth, .bin), read without executing the pickle in them.
//
// This reader is Darkroom's own because it is what stands between a stranger's checkpoint and this machine: LibTorch's unpickler and
// general zip libraries accept more than a file of weights needs (compressed entries, two directories, names that call functions).
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/torch_archive_tree.h"

namespace darkroom {

/// What to do with a file that names functions or classes which no weights need. Nothing is called either way.
enum class Trust {
  known_names,  ///< refuse it, naming them
  tensors_only  ///< read the tensors and scalars; those names stay opaque
};

/// A file of torch.save, mapped into memory. Thread-safe after construction.
///
/// Reads the zip format (torch 1.6 and later: stored entries, zip64) and the older format of five pickles; the tar format of torch 0.1 is
/// refused. Opening reads the zip's directory and data.pkl only, and checks all of it: opcodes and names against lists, storages against
/// their entries, every tensor against its storage, sizes, depth and memory against limits (reliability.md 3.1). An entry's own header is
/// checked when its tensor is asked for, so that opening a file of many gigabytes touches little of it.
///
/// A class of pytorch_lightning, omegaconf, numpy, torch.optim, argparse, pathlib or enum becomes an opaque value; see Trust for others.
class TorchArchive {
 public:
  /// Says by the first bytes, not by the suffix, whether a file is a zip or a pickle of torch.save; false when it cannot be read.
  static bool is_archive(const std::filesystem::path& path);

  /// throws  Error{not_found | io} when it cannot be opened; Error{bad_input} naming the file, the place in it, and what was expected
  explicit TorchArchive(const std::filesystem::path& path, Trust trust = Trust::known_names);
  ~TorchArchive();
  TorchArchive(TorchArchive&&) noexcept;
  TorchArchive& operator=(TorchArchive&&) noexcept;

  const std::filesystem::path& path() const { return path_; }

  /// The whole content: `archive.root().find({"ema_state_dict", "decay"})`. Valid while the archive is.
  ArchiveValue root() const;
  /// A scalar by its path of keys; nothing when it is absent or None.
  /// throws Error{bad_input} naming the file, the path and what stands there instead
  std::optional<bool> boolean(std::initializer_list<std::string_view> path) const;
  std::optional<int64_t> integer(std::initializer_list<std::string_view> path) const;
  std::optional<double> real(std::initializer_list<std::string_view> path) const;
  std::optional<std::string> text(std::initializer_list<std::string_view> path) const;

  /// All tensors in the file's order, each named by the keys on its path joined with ".": "unet_state_dict.conv_in.weight",
  /// "optimizer_state_dict.state.0.exp_avg". A tensor that stands in two places is listed twice.
  const std::vector<TensorInfo>& tensors() const;
  bool contains(const std::string& name) const;
  /// throws Error{not_found} naming the file and the tensor
  const TensorInfo& info(const std::string& name) const;
  /// A CPU tensor over the mapped file, strided as stored; it keeps the mapping alive. Writing to it changes memory, never the file, and
  /// is seen by tensors that share its storage. Copied only where the file holds it off its element's alignment (older format).
  /// throws Error{not_found}; Error{bad_input} when the entry that holds its numbers contradicts the zip's directory
  torch::Tensor tensor(const std::string& name) const;

  /// Names of Python that were left opaque, each once, in the file's order: what a model's page shows.
  const std::vector<ArchiveGlobal>& opaque_globals() const;
  /// Whether a name is among them that Trust::known_names refuses.
  bool names_code() const;

  /// Reads the whole file: every entry's header and checksum. Opening checks only data.pkl's, and warns in the log (torch can be told to
  /// write none). throws Error{bad_input} naming the first entry that is damaged
  void verify() const;

 private:
  struct Content;
  std::filesystem::path path_;
  std::shared_ptr<const Content> content_;
};

}  // namespace darkroom
