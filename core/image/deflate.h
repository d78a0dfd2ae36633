// SPDX-License-Identifier: Apache-2.0
// The zlib format (RFC 1950) and PNG's checksum, with zlib where there is one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace darkroom {

/// A zlib stream of `bytes`. level 0…9; without zlib in the build the blocks are stored, whatever the level.
std::string zlib_compress(std::string_view bytes, int level);

/// Unpacks a zlib or gzip (RFC 1952) stream of at most `max_bytes` unpacked bytes.
/// where   names the source in the error
/// throws  Error{bad_input}: damaged, or longer than max_bytes; Error{failed} in a build without zlib
std::string zlib_decompress(std::string_view stream, uint64_t max_bytes, std::string_view where);

/// CRC-32 as PNG uses it (ISO 3309), of `bytes` appended to what gave `crc` (0 at the start).
uint32_t crc32_append(uint32_t crc, std::string_view bytes);

}  // namespace darkroom
