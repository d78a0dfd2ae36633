// SPDX-License-Identifier: Apache-2.0
// The names of Python that mean something in a file of weights, compared as bytes: nothing is imported and no attribute is followed.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace darkroom {

/// What calling a name makes.
enum class PickleMeaning : uint8_t {
  code,   ///< unknown: could be anything
  inert,  ///< a class or function of a library that training files mention; stays opaque
  ordered_dict,
  default_dict,
  set,
  bytes_from_text,  ///< _codecs.encode(text, "latin1")
  byte_array,
  complex,
  size,
  device,
  dtype,
  storage,
  tensor_class,
  rebuild_tensor,
  rebuild_tensor_v2,
  rebuild_tensor_v3,
  rebuild_parameter,  ///< with or without a state
  rebuild_from_type,
  parameter,
  numpy_scalar,
  numpy_dtype
};

struct PickleGlobal {
  PickleMeaning meaning = PickleMeaning::code;
  torch::ScalarType dtype = torch::kByte;  ///< of `dtype` and `storage`
  bool is_untyped = false;                 ///< of `storage`: counts bytes, the tensors on it say their dtype
};

PickleGlobal classify_global(std::string_view module, std::string_view name);

/// "FloatStorage": the class of torch that names a dtype's storage in a pickle; nothing for dtypes that are saved on an untyped storage.
std::optional<std::string_view> storage_class_name(torch::ScalarType dtype);
/// "float8_e5m2": the name in module torch. throws std::invalid_argument for a dtype that torch.save lacks
std::string_view torch_dtype_name(torch::ScalarType dtype);

}  // namespace darkroom
