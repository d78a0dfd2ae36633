// SPDX-License-Identifier: Apache-2.0
// A component's weights, by the names of its layout.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/weight_files.h"
#include "core/tensor/parameter_layout.h"

namespace darkroom {

/// Names that a file may use instead of the layout's. Nothing else is guessed.
struct NameRules {
  /// Part of a name in the file -> part of the layout's name: {".query.", ".to_q."}. A rule applies only to a name that the layout lacks.
  std::vector<std::pair<std::string, std::string>> aliases;
  /// Tensors whose names start so are not read: {"vision_model."}.
  std::vector<std::string> ignored_prefixes;
};

/// A tensor of a file and what a layout calls it.
struct RenamedTensor {
  std::string file_name;
  std::string name;
};

/// The tensors of files as a layout knows them: one for each slot, checked. Nothing is read yet. Thread-safe.
class MatchedWeights {
 public:
  /// found  which tensors of `files` are the layout's; a name that the layout lacks is an error
  /// throws Error{bad_input} with every missing, unknown and mis-shaped name at once
  MatchedWeights(const ParameterLayout& layout, std::shared_ptr<const WeightFiles> files, const std::vector<RenamedTensor>& found);

  size_t size() const { return infos_.size(); }
  /// The layout's name and shape, the file's dtype.
  const TensorInfo& info(size_t slot) const { return infos_.at(slot); }
  /// In the file's dtype and the layout's shape, on the CPU, over the mapped file.
  torch::Tensor tensor(size_t slot) const;
  /// tensor(slot), then converted; zero-copy for a CPU in the file's dtype.
  /// throws Error{bad_input} naming the file and the tensor when a number is not finite, or does not fit `dtype`
  torch::Tensor tensor(size_t slot, torch::ScalarType dtype, torch::Device device) const;
  const std::filesystem::path& path() const { return files_->path(); }
  const WeightFiles& files() const { return *files_; }

 private:
  std::shared_ptr<const WeightFiles> files_;
  std::vector<TensorInfo> infos_;
  std::vector<std::string> file_names_;
};

/// A layout's tensors among those of a component's files.
/// path    as for WeightFiles
/// throws  Error{bad_input} with every missing, unknown and mis-shaped name at once; Error{not_found | io}
MatchedWeights match_weights(const ParameterLayout& layout, const std::filesystem::path& path, const NameRules& rules = {},
                             WeightVariant variant = WeightVariant::usual);

/// Reads all. Every number is looked at once, as it is converted (or in place where nothing is).
/// returns  tensors in slot order, contiguous, on `device`
/// throws   as MatchedWeights::tensor
Weights load_weights(const MatchedWeights& matched, torch::ScalarType dtype, torch::Device device);

/// match_weights, then load_weights.
Weights read_weights(const ParameterLayout& layout, const std::filesystem::path& path, torch::ScalarType dtype, torch::Device device,
                     const NameRules& rules = {});

/// Writes a component's weights into one file, converted to `dtype` one tensor at a time.
/// weights  slot order, any float dtype, device and memory format
void write_weights(const ParameterLayout& layout, const Weights& weights, const std::filesystem::path& file, torch::ScalarType dtype,
                   const std::map<std::string, std::string>& metadata = {});

/// XXH3-128 (32 hex digits) over name, dtype, shape and bytes of all tensors sorted by name: the same for the same numbers however they are
/// sharded, ordered and called in files.
std::string weights_hash(const ParameterLayout& layout, const Weights& weights);
std::string weights_hash(const MatchedWeights& matched);
/// Over all tensors of files, by the files' own names.
std::string weights_hash(const WeightFiles& files);

}  // namespace darkroom
