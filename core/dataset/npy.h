// SPDX-License-Identifier: Apache-2.0
// The header of numpy's .npy files, version 1.0.
// source  numpy.lib.format: magic, version, u16 length, a Python dict literal, spaces and a newline up to a multiple of 64 bytes
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

struct NpyHeader {
  std::string descr;  ///< "<f2", "<i4", …
  bool fortran_order = false;
  std::vector<int64_t> shape;  ///< empty for a scalar
  size_t data_offset = 0;      ///< first byte of the values
};

/// The bytes that stand before the values: a multiple of 64.
std::string npy_header(std::string_view descr, std::span<const int64_t> shape);

/// Reads versions 1.0 to 3.0.
/// where   names the file in the error
/// throws  Error{bad_input}: not a .npy file, a header that is cut short or says something else than the three keys
NpyHeader parse_npy_header(std::span<const std::byte> bytes, std::string_view where);

}  // namespace darkroom
