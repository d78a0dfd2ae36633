// SPDX-License-Identifier: Apache-2.0
// The limits are looked at before anything is allocated: a peer's four bytes cannot ask for memory.
#include "core/protocol/codec.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

void append_u32(std::string& bytes, size_t value) {
  for (int shift = 0; shift < 32; shift += 8) {
    bytes.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

size_t read_u32(std::string_view bytes) {
  size_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    value |= static_cast<size_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return value;
}

void check_sizes(size_t header_bytes, size_t payload_bytes) {
  if (header_bytes > max_header_bytes) {
    fail(ErrorCode::protocol, "A frame's header has {} bytes; the limit is {}.", header_bytes, max_header_bytes);
  }
  if (payload_bytes > max_payload_bytes) {
    fail(ErrorCode::protocol, "A frame's payload has {} bytes; the limit is {}.", payload_bytes, max_payload_bytes);
  }
}

/// nlohmann-json parses and destroys by recursion: brackets are counted first, so that a header cannot exhaust the stack.
void check_depth(std::string_view header) {
  constexpr int deepest = 32;
  int depth = 0;
  bool in_text = false;
  for (size_t i = 0; i < header.size(); ++i) {
    const char c = header[i];
    if (in_text) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_text = false;
      }
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      if (++depth > deepest) {
        fail(ErrorCode::protocol, "A frame's header is nested deeper than {} levels.", deepest);
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
}

Json parse_header(std::string_view text) {
  check_depth(text);
  Json header = Json::parse(text, nullptr, false);
  if (header.is_discarded()) {
    fail(ErrorCode::protocol, "A frame's header is not JSON.");
  }
  if (!header.is_object() || !header.contains("type") || !header["type"].is_string()) {
    fail(ErrorCode::protocol, "A frame's header must be an object with a \"type\".");
  }
  return header;
}

}  // namespace

std::string encode_frame(const Frame& frame) {
  const std::string header = frame.header.dump(-1, ' ', false, Json::error_handler_t::replace);
  check_sizes(header.size(), frame.payload.size());
  std::string bytes;
  bytes.reserve(frame_prefix_bytes + header.size() + frame.payload.size());
  append_u32(bytes, header.size());
  append_u32(bytes, frame.payload.size());
  bytes += header;
  bytes += frame.payload;
  return bytes;
}

void FrameDecoder::feed(std::string_view bytes) {
  if (broken_) {
    return;
  }
  if (start_ > 0) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  buffer_.append(bytes);
}

std::optional<Frame> FrameDecoder::next() {
  if (broken_) {
    fail(ErrorCode::protocol, "The link is broken: an earlier frame was malformed.");
  }
  const std::string_view waiting = std::string_view(buffer_).substr(start_);
  if (waiting.size() < frame_prefix_bytes) {
    return std::nullopt;
  }
  try {
    const size_t header_bytes = read_u32(waiting);
    const size_t payload_bytes = read_u32(waiting.substr(4));
    check_sizes(header_bytes, payload_bytes);
    const size_t frame_bytes = frame_prefix_bytes + header_bytes + payload_bytes;
    if (waiting.size() < frame_bytes) {
      return std::nullopt;
    }
    Frame frame;
    frame.header = parse_header(waiting.substr(frame_prefix_bytes, header_bytes));
    frame.payload = waiting.substr(frame_prefix_bytes + header_bytes, payload_bytes);
    start_ += frame_bytes;
    if (start_ == buffer_.size()) {
      buffer_.clear();
      start_ = 0;
    }
    return frame;
  } catch (const Error&) {
    broken_ = true;
    buffer_.clear();
    start_ = 0;
    throw;
  }
}

void check_hello(const message::Hello& hello) {
  if (hello.protocol != protocol_version) {
    fail(ErrorCode::protocol, "The other side ({}) speaks protocol version {}, this side version {}: install the same Darkroom on both.",
         hello.version.empty() ? "unknown version" : hello.version, hello.protocol, protocol_version);
  }
}

}  // namespace darkroom
