// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

/// [begin, end) of a text, in bytes.
struct ByteRange {
  size_t begin = 0, end = 0;
  bool operator==(const ByteRange&) const = default;
};

/// Text put together from pieces of a source, in the order that they have there, with the place of each byte in it.
///
/// Prompts are taken apart in several passes; each keeps what it keeps as such a text, so that a token can be shown where it was written.
class SourcedText {
 public:
  SourcedText() = default;
  /// All of a source.
  explicit SourcedText(std::string_view source);

  const std::string& text() const { return text_; }
  size_t size() const { return text_.size(); }
  bool empty() const { return text_.empty(); }

  /// Bytes [begin, end) of this text. Contract: begin <= end <= size().
  SourcedText slice(size_t begin, size_t end) const;

  /// Appends bytes [begin, end) of a text of the same source, from behind all that this one has.
  void append(const SourcedText& from, size_t begin, size_t end);
  void append(const SourcedText& from) { append(from, 0, from.size()); }

  /// Where bytes [begin, end) stand in the source, from the first to behind the last, with what was taken out in between.
  /// An empty range has an empty one.
  ByteRange source_range(size_t begin, size_t end) const;

  /// The stretches of the source that this text is made of, ascending, none empty.
  std::vector<ByteRange> pieces() const;

 private:
  struct Piece {
    size_t at;      ///< in text_
    size_t source;  ///< of its first byte
  };
  size_t piece_of(size_t i) const;

  std::string text_;
  std::vector<Piece> pieces_;  ///< ascending in both
};

}  // namespace darkroom
