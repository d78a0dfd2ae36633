// SPDX-License-Identifier: Apache-2.0
// Names as torch 0.4 to 2.11, numpy 1 and 2, and pickle protocols 2 to 5 write them (reliability.md 3.1; torch/_weights_only_unpickler.py
// lists the ones that torch itself lets through). An inert name may stand in a file because its library is one that trainers put into
// checkpoints by habit; it is no more called than any other.
#include "core/checkpoint/pickle_globals.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "core/base/format.h"

namespace darkroom {
namespace {

struct KnownName {
  std::string_view module;
  std::string_view name;
  PickleMeaning meaning;
};

constexpr std::array known_names = {
    KnownName{"collections", "OrderedDict", PickleMeaning::ordered_dict},
    KnownName{"collections", "defaultdict", PickleMeaning::default_dict},
    KnownName{"builtins", "set", PickleMeaning::set},
    KnownName{"__builtin__", "set", PickleMeaning::set},
    KnownName{"builtins", "bytearray", PickleMeaning::byte_array},
    KnownName{"__builtin__", "bytearray", PickleMeaning::byte_array},
    KnownName{"builtins", "complex", PickleMeaning::complex},
    KnownName{"__builtin__", "complex", PickleMeaning::complex},
    KnownName{"_codecs", "encode", PickleMeaning::bytes_from_text},
    KnownName{"torch", "Size", PickleMeaning::size},
    KnownName{"torch", "device", PickleMeaning::device},
    KnownName{"torch", "Tensor", PickleMeaning::tensor_class},
    KnownName{"torch._utils", "_rebuild_tensor", PickleMeaning::rebuild_tensor},
    KnownName{"torch._utils", "_rebuild_tensor_v2", PickleMeaning::rebuild_tensor_v2},
    KnownName{"torch._utils", "_rebuild_tensor_v3", PickleMeaning::rebuild_tensor_v3},
    KnownName{"torch._utils", "_rebuild_parameter", PickleMeaning::rebuild_parameter},
    KnownName{"torch._utils", "_rebuild_parameter_with_state", PickleMeaning::rebuild_parameter},
    KnownName{"torch._tensor", "_rebuild_from_type_v2", PickleMeaning::rebuild_from_type},
    KnownName{"torch.nn.parameter", "Parameter", PickleMeaning::parameter},
    KnownName{"numpy.core.multiarray", "scalar", PickleMeaning::numpy_scalar},
    KnownName{"numpy._core.multiarray", "scalar", PickleMeaning::numpy_scalar},
    KnownName{"numpy", "dtype", PickleMeaning::numpy_dtype},
    // Inert single names; whole modules follow below.
    KnownName{"collections", "deque", PickleMeaning::inert},
    KnownName{"collections", "Counter", PickleMeaning::inert},
    KnownName{"copyreg", "_reconstructor", PickleMeaning::inert},
    KnownName{"copy_reg", "_reconstructor", PickleMeaning::inert},
    KnownName{"datetime", "date", PickleMeaning::inert},
    KnownName{"datetime", "datetime", PickleMeaning::inert},
    KnownName{"datetime", "timedelta", PickleMeaning::inert},
    KnownName{"datetime", "timezone", PickleMeaning::inert},
    KnownName{"uuid", "UUID", PickleMeaning::inert},
    KnownName{"argparse", "Namespace", PickleMeaning::inert},
    KnownName{"numpy", "ndarray", PickleMeaning::inert},
    KnownName{"numpy.core.multiarray", "_reconstruct", PickleMeaning::inert},
    KnownName{"numpy._core.multiarray", "_reconstruct", PickleMeaning::inert},
    KnownName{"numpy.random._pickle", "__randomstate_ctor", PickleMeaning::inert},
    KnownName{"numpy.random._pickle", "__generator_ctor", PickleMeaning::inert},
    KnownName{"numpy.random._pickle", "__bit_generator_ctor", PickleMeaning::inert},
    KnownName{"torch.torch_version", "TorchVersion", PickleMeaning::inert},
    KnownName{"torch.serialization", "_get_layout", PickleMeaning::inert},
};

// Types that stand in files as values: `defaultdict(dict)`, an omegaconf node's type.
constexpr std::array<std::string_view, 10> builtin_types = {"bool", "bytes", "dict",   "float", "frozenset",
                                                            "int",  "list",  "object", "str",   "tuple"};

// Every class and function right in these modules and below them.
constexpr std::array<std::string_view, 10> inert_modules = {
    "pytorch_lightning", "lightning", "lightning_fabric", "omegaconf",    "torch.optim",
    "pathlib",           "enum",      "typing",           "numpy.dtypes", "torch._utils"};

// numpy's number types: numpy.float64, numpy.int32, …
constexpr std::array<std::string_view, 7> numpy_type_prefixes = {"float", "int", "uint", "bool", "complex", "str_", "longlong"};

struct DtypeNames {
  torch::ScalarType dtype;
  std::string_view name;
  std::string_view storage;  // empty: no class of its own
};

constexpr std::array dtype_table = {
    DtypeNames{torch::kFloat, "float32", "FloatStorage"},
    DtypeNames{torch::kHalf, "float16", "HalfStorage"},
    DtypeNames{torch::kBFloat16, "bfloat16", "BFloat16Storage"},
    DtypeNames{torch::kDouble, "float64", "DoubleStorage"},
    DtypeNames{torch::kLong, "int64", "LongStorage"},
    DtypeNames{torch::kInt, "int32", "IntStorage"},
    DtypeNames{torch::kShort, "int16", "ShortStorage"},
    DtypeNames{torch::kChar, "int8", "CharStorage"},
    DtypeNames{torch::kByte, "uint8", "ByteStorage"},
    DtypeNames{torch::kBool, "bool", "BoolStorage"},
    DtypeNames{torch::kComplexFloat, "complex64", "ComplexFloatStorage"},
    DtypeNames{torch::kComplexDouble, "complex128", "ComplexDoubleStorage"},
    DtypeNames{torch::kUInt16, "uint16", ""},
    DtypeNames{torch::kUInt32, "uint32", ""},
    DtypeNames{torch::kUInt64, "uint64", ""},
    DtypeNames{torch::kFloat8_e4m3fn, "float8_e4m3fn", ""},
    DtypeNames{torch::kFloat8_e5m2, "float8_e5m2", ""},
    DtypeNames{torch::kFloat8_e4m3fnuz, "float8_e4m3fnuz", ""},
    DtypeNames{torch::kFloat8_e5m2fnuz, "float8_e5m2fnuz", ""},
};

bool is_within(std::string_view module, std::string_view parent) {
  return module.starts_with(parent) && (module.size() == parent.size() || module[parent.size()] == '.');
}

PickleGlobal classify_torch(std::string_view name) {
  for (const DtypeNames& entry : dtype_table) {
    if (name == entry.name) {
      return {PickleMeaning::dtype, entry.dtype};
    }
    if (!entry.storage.empty() && name == entry.storage) {
      return {PickleMeaning::storage, entry.dtype};
    }
  }
  return {};
}

bool is_inert(std::string_view module, std::string_view name) {
  // A dot in the name would walk from the module to somewhere else: numpy "testing.os.system".
  if (name.find('.') != std::string_view::npos) {
    return false;
  }
  if (module == "builtins" || module == "__builtin__") {
    return std::find(builtin_types.begin(), builtin_types.end(), name) != builtin_types.end();
  }
  if (module == "numpy") {
    return std::any_of(numpy_type_prefixes.begin(), numpy_type_prefixes.end(), [&](std::string_view prefix) {
      const std::string_view bits = name.substr(std::min(prefix.size(), name.size()));
      return name.starts_with(prefix) && bits.find_first_not_of("0123456789_") == std::string_view::npos;
    });
  }
  return std::any_of(inert_modules.begin(), inert_modules.end(), [&](std::string_view parent) { return is_within(module, parent); });
}

}  // namespace

PickleGlobal classify_global(std::string_view module, std::string_view name) {
  for (const KnownName& entry : known_names) {
    if (module == entry.module && name == entry.name) {
      return {entry.meaning};
    }
  }
  if ((module == "torch" || module == "torch.storage") && (name == "UntypedStorage" || name == "TypedStorage")) {
    return {PickleMeaning::storage, torch::kByte, true};
  }
  if (module == "torch") {
    const PickleGlobal found = classify_torch(name);
    if (found.meaning != PickleMeaning::code) {
      return found;
    }
  }
  return {is_inert(module, name) ? PickleMeaning::inert : PickleMeaning::code};
}

std::optional<std::string_view> storage_class_name(torch::ScalarType dtype) {
  for (const DtypeNames& entry : dtype_table) {
    if (entry.dtype == dtype && !entry.storage.empty()) {
      return entry.storage;
    }
  }
  return std::nullopt;
}

std::string_view torch_dtype_name(torch::ScalarType dtype) {
  for (const DtypeNames& entry : dtype_table) {
    if (entry.dtype == dtype) {
      return entry.name;
    }
  }
  throw std::invalid_argument(format("[torch_dtype_name] {} has no name in a file of torch.save", c10::toString(dtype)));
}

}  // namespace darkroom
