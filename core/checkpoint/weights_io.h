// SPDX-License-Identifier: Apache-2.0
// A component's weights, by the names of its layout: one safetensors file, or shards with an index.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/safetensors.h"
#include "core/tensor/parameter_layout.h"

namespace darkroom {

/// Names that a file may use instead of the layout's. Nothing else is guessed.
struct NameRules {
  /// Part of a name in the file -> part of the layout's name: {".query.", ".to_q."}. A rule applies only to a name that the layout lacks.
  std::vector<std::pair<std::string, std::string>> aliases;
  /// Tensors whose names start so are not read: {"vision_model."}.
  std::vector<std::string> ignored_prefixes;
};

/// The safetensors files of a component: one file, or the shards of `*.safetensors.index.json`.
class WeightFiles {
 public:
  /// path    a .safetensors file, a .safetensors.index.json, or a folder that holds `diffusion_pytorch_model` or `model` as either
  /// throws  Error{not_found} naming what was looked for; Error{bad_input} naming the shard and the tensor when index and shards disagree
  explicit WeightFiles(const std::filesystem::path& path);

  /// The file or index that was found.
  const std::filesystem::path& path() const { return path_; }
  const std::vector<SafetensorsFile>& files() const { return files_; }
  /// The file that holds `name`. throws Error{not_found}
  const SafetensorsFile& file_of(const std::string& name) const;
  /// All tensors, sorted by name.
  std::vector<TensorInfo> tensors() const;

 private:
  std::filesystem::path path_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, size_t> file_by_name_;
};

/// Reads all weights of a layout.
///
/// Zero-copy for a CPU in the file's dtype (pages are read when they are first touched).
/// path     as for WeightFiles
/// returns  tensors in slot order, contiguous, on `device`
/// throws   Error{bad_input} with every missing, unexpected and mis-shaped name at once; Error{not_found | io}
Weights read_weights(const ParameterLayout& layout, const std::filesystem::path& path, torch::ScalarType dtype, torch::Device device,
                     const NameRules& rules = {});

/// Writes a component's weights into one file, converted to `dtype` one tensor at a time.
/// weights  slot order, any float dtype, device and memory format
void write_weights(const ParameterLayout& layout, const Weights& weights, const std::filesystem::path& file, torch::ScalarType dtype,
                   const std::map<std::string, std::string>& metadata = {});

/// XXH3-128 (32 hex digits) over name, dtype, shape and bytes of all tensors sorted by name: the same for the same numbers however they are
/// sharded and ordered.
std::string weights_hash(const ParameterLayout& layout, const Weights& weights);
std::string weights_hash(const WeightFiles& files);

}  // namespace darkroom
