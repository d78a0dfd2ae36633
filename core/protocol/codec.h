// SPDX-License-Identifier: Apache-2.0
// Bytes <-> frames <-> messages. Knows nothing of sockets, so that Qt's and ours share it.
//
// A frame: u32 header_bytes, u32 payload_bytes (little endian), JSON header {"type": …, "id": …, …}, raw payload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/protocol/messages.h"

namespace darkroom {

inline constexpr size_t max_header_bytes = size_t{1} << 20;
inline constexpr size_t max_payload_bytes = size_t{256} << 20;
inline constexpr size_t frame_prefix_bytes = 8;

struct Frame {
  Json header = Json::object();
  std::string payload;
};

/// throws  Error{protocol} when header or payload is beyond its limit
std::string encode_frame(const Frame& frame);

/// Takes bytes in pieces of any size and gives back whole frames. Not thread-safe.
///
/// Holds no more than one frame and what was fed beyond it. After an error it stays broken: the link must be closed.
class FrameDecoder {
 public:
  void feed(std::string_view bytes);
  /// The next whole frame; absent when more bytes are needed.
  /// throws  Error{protocol} with the reason: too large, not JSON, not an object, no "type"
  std::optional<Frame> next();
  /// Bytes of an unfinished frame are waiting: an end of the stream here is a torn frame.
  bool in_frame() const { return start_ < buffer_.size(); }

 private:
  std::string buffer_;
  size_t start_ = 0;  ///< of what was not handed out
  bool broken_ = false;
};

Frame to_frame(const message::FromStudio& message);
Frame to_frame(const message::FromEngine& message);

/// throws  Error{protocol} naming the type, and the member with what was expected: unknown type, missing or wrong or unknown member,
/// payload
///         whose size does not fit
message::FromStudio studio_message(Frame frame);
message::FromEngine engine_message(Frame frame);

/// What the peer said first. throws Error{protocol} with both numbers when its version is another
void check_hello(const message::Hello& hello);

}  // namespace darkroom
