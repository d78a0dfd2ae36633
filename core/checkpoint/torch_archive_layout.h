// SPDX-License-Identifier: Apache-2.0
// The two file formats of torch.save, once opened: a pickle, and where the storages that it names lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/checkpoint/pickle_reader.h"
#include "core/checkpoint/zip_directory.h"

namespace darkroom {

/// Of one file; refers to the memory that it was opened from.
struct TorchLayout {
  PickleContent pickle;
  std::optional<ZipDirectory> zip;    ///< nothing in the older format
  std::vector<uint64_t> storages;     ///< by storage: the number of its zip entry, or where its count stands in the file
  std::vector<std::string> warnings;  ///< what is odd but no reason to refuse
};

/// Whether the file's first bytes are those of a zip, or of the older format (its magic number).
bool starts_like_torch_zip(std::span<const std::byte> file);
bool starts_like_torch_legacy(std::span<const std::byte> file);

/// Opens the zip format: directory, version, byte order and data.pkl, every storage compared with its entry's size.
/// throws Error{bad_input} "<where>: …"
TorchLayout open_torch_zip(std::span<std::byte> file, const std::string& where);

/// Opens the format of five pickles (magic number, protocol 1001, system, object, keys) and raw storages behind them.
/// throws Error{bad_input} "<where>: …"
TorchLayout open_torch_legacy(std::span<std::byte> file, const std::string& where);

/// The bytes of a storage by its number; the header or count right before them is compared first. A part of a storage gives that part.
/// throws Error{bad_input}
std::span<std::byte> storage_bytes(const TorchLayout& layout, std::span<std::byte> file, uint32_t number, const std::string& where);

}  // namespace darkroom
