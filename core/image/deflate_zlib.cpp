// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <stdexcept>

#include "core/base/format.h"
#include "core/image/deflate.h"

namespace darkroom {

std::string zlib_compress(std::string_view bytes, int level) {
  uLongf length = compressBound(static_cast<uLong>(bytes.size()));
  std::string stream(length, '\0');
  const int result = compress2(reinterpret_cast<Bytef*>(stream.data()), &length, reinterpret_cast<const Bytef*>(bytes.data()),
                               static_cast<uLong>(bytes.size()), level);
  if (result == Z_MEM_ERROR) {
    throw std::bad_alloc();
  }
  if (result != Z_OK) {
    throw std::invalid_argument(format("[zlib_compress] level must be 0 to 9, got {}", level));
  }
  stream.resize(length);
  return stream;
}

std::string zlib_decompress(std::string_view stream, uint64_t max_bytes, std::string_view where) {
  z_stream state{};
  constexpr int either_header = 32 + MAX_WBITS;  // zlib tells zlib and gzip apart by itself
  if (inflateInit2(&state, either_header) != Z_OK) {
    throw std::bad_alloc();
  }
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stream.data()));
  state.avail_in = static_cast<uInt>(stream.size());
  std::string bytes;
  char block[1 << 14];
  int result = Z_OK;
  while (result == Z_OK) {
    state.next_out = reinterpret_cast<Bytef*>(block);
    state.avail_out = sizeof block;
    result = inflate(&state, Z_NO_FLUSH);
    bytes.append(block, sizeof block - state.avail_out);
    if (bytes.size() > max_bytes) {
      inflateEnd(&state);
      fail(ErrorCode::bad_input, "{}: compressed data unpacks to more than {} bytes", where, max_bytes);
    }
  }
  inflateEnd(&state);
  if (result != Z_STREAM_END) {
    fail(ErrorCode::bad_input, "{}: compressed data is damaged", where);
  }
  return bytes;
}

uint32_t crc32_append(uint32_t crc, std::string_view bytes) {
  if (bytes.empty()) {
    return crc;  // zlib takes a null pointer for the question "what is the initial value"
  }
  return static_cast<uint32_t>(crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace darkroom
