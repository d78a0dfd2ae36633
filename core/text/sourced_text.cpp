// SPDX-License-Identifier: Apache-2.0
#include "core/text/sourced_text.h"

#include <algorithm>

namespace darkroom {

SourcedText::SourcedText(std::string_view source) : text_(source) {
  if (!text_.empty()) {
    pieces_.push_back({0, 0});
  }
}

SourcedText SourcedText::slice(size_t begin, size_t end) const {
  SourcedText result;
  result.append(*this, begin, end);
  return result;
}

void SourcedText::append(const SourcedText& from, size_t begin, size_t end) {
  if (begin >= end) {
    return;
  }
  for (size_t k = from.piece_of(begin); k < from.pieces_.size() && from.pieces_[k].at < end; ++k) {
    const size_t first = std::max(begin, from.pieces_[k].at);
    const size_t source = from.pieces_[k].source + (first - from.pieces_[k].at);
    const size_t at = text_.size() + (first - begin);
    if (pieces_.empty() || pieces_.back().source + (at - pieces_.back().at) != source) {
      pieces_.push_back({at, source});
    }
  }
  text_.append(from.text_, begin, end - begin);
}

size_t SourcedText::piece_of(size_t i) const {
  const auto behind =
      std::upper_bound(pieces_.begin(), pieces_.end(), i, [](size_t value, const Piece& piece) { return value < piece.at; });
  return static_cast<size_t>(behind - pieces_.begin()) - 1;
}

ByteRange SourcedText::source_range(size_t begin, size_t end) const {
  if (text_.empty()) {
    return {};
  }
  const auto source_of = [this](size_t i) {
    const Piece& piece = pieces_[piece_of(i)];
    return piece.source + (i - piece.at);
  };
  const size_t first = begin < size() ? source_of(begin) : source_of(size() - 1) + 1;
  return {first, begin < end ? source_of(end - 1) + 1 : first};
}

std::vector<ByteRange> SourcedText::pieces() const {
  std::vector<ByteRange> ranges;
  for (size_t k = 0; k < pieces_.size(); ++k) {
    const size_t end = k + 1 < pieces_.size() ? pieces_[k + 1].at : size();
    ranges.push_back({pieces_[k].source, pieces_[k].source + (end - pieces_[k].at)});
  }
  return ranges;
}

}  // namespace darkroom
