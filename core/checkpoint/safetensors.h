// SPDX-License-Identifier: Apache-2.0
// The safetensors format: u64 header length, JSON header, raw tensors. Reading maps the file and copies nothing.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace darkroom {

/// What a header says of one tensor.
struct TensorInfo {
  std::string name;
  torch::ScalarType dtype = torch::kFloat32;
  std::vector<int64_t> shape;

  int64_t numel() const;
  bool operator==(const TensorInfo&) const = default;
};

struct NamedTensor {
  std::string name;
  torch::Tensor tensor;
};

/// A safetensors file, mapped into memory. Thread-safe after construction.
///
/// The whole header is checked before anything is handed out: length, JSON without duplicate keys, known dtypes, ranges that start at 0,
/// touch exactly and end at the file's end, and sizes that match the shapes (reliability.md 3.2).
class SafetensorsFile {
 public:
  /// throws  Error{not_found | io} when it cannot be opened, Error{bad_input} naming the file, the place in it, and what was expected
  explicit SafetensorsFile(const std::filesystem::path& path);
  ~SafetensorsFile();
  SafetensorsFile(SafetensorsFile&&) noexcept;
  SafetensorsFile& operator=(SafetensorsFile&&) noexcept;

  const std::filesystem::path& path() const { return path_; }
  /// In the order in which the tensors lie in the file.
  const std::vector<TensorInfo>& tensors() const;
  const std::map<std::string, std::string>& metadata() const;
  bool contains(const std::string& name) const;
  /// throws Error{not_found} naming the file and the tensor
  const TensorInfo& info(const std::string& name) const;

  /// A CPU tensor over the mapped file, contiguous; it keeps the mapping alive. Writing to it changes memory, never the file.
  /// A tensor that does not start on a multiple of its element size is copied.
  /// throws Error{not_found} naming the file and the tensor
  torch::Tensor tensor(const std::string& name) const;
  /// The tensor's bytes in the file.
  std::span<const std::byte> bytes(const std::string& name) const;

 private:
  struct Content;
  std::filesystem::path path_;
  std::shared_ptr<const Content> content_;
};

/// Writes one file; the name appears with its content complete and synced (`<path>.tmp`, sync, rename).
///
/// Tensors are stored contiguous (O,I,H,W for convolutions in any memory format) in their own dtype and in the given order; copied from
/// other devices one by one. Metadata gets "format": "pt". throws  Error{io}; std::invalid_argument on a name used twice or a dtype that
/// the format lacks
void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// The same for tensors that are made one at a time, so that a model larger than memory can be written.
/// make  called once for each index, in order; must return a tensor of the announced dtype and shape
void write_safetensors(const std::filesystem::path& path, std::span<const TensorInfo> infos,
                       const std::function<torch::Tensor(size_t)>& make, const std::map<std::string, std::string>& metadata = {});

/// "F32", "BF16", … as in headers. throws std::invalid_argument for a dtype that the format lacks
std::string safetensors_dtype_name(torch::ScalarType dtype);

}  // namespace darkroom
