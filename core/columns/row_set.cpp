// SPDX-License-Identifier: Apache-2.0
#include "core/columns/row_set.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

#include "core/columns/bit_loops.h"

namespace darkroom {
namespace {

constexpr std::align_val_t cache_line{64};
constexpr uint64_t words_per_line = 8;
constexpr uint64_t rows_per_entry = 4096;
constexpr uint64_t words_per_entry = rows_per_entry / 64;

uint64_t* allocate(uint64_t rows) {
  if (rows > std::numeric_limits<uint32_t>::max()) {
    throw std::invalid_argument("[RowBits] at most 2^32 - 1 rows");
  }
  const uint64_t words = ((rows + 63) / 64 + words_per_line - 1) / words_per_line * words_per_line;
  if (words == 0) {
    return nullptr;
  }
  auto* const memory = static_cast<uint64_t*>(::operator new(words * sizeof(uint64_t), cache_line));
  std::fill_n(memory, words, 0);
  return memory;
}

// The place of the bit number `index` (from 0) of a word.
uint64_t select_bit(uint64_t word, uint64_t index) {
  for (; index > 0; --index) {
    word &= word - 1;
  }
  return static_cast<uint64_t>(std::countr_zero(word));
}

}  // namespace

RowBits::RowBits(uint64_t rows) : rows_(rows), words_(allocate(rows)) {}

RowBits::RowBits(const RowBits& other) : RowBits(other.rows_) {
  if (words_ != nullptr) {
    std::copy_n(other.words_, words(), words_);
  }
}

RowBits& RowBits::operator=(const RowBits& other) {
  if (this != &other) {
    if (rows_ == other.rows_) {
      std::copy_n(other.words_, words(), words_);
    } else {
      RowBits copy(other);
      *this = std::move(copy);
    }
  }
  return *this;
}

RowBits::RowBits(RowBits&& other) noexcept : rows_(std::exchange(other.rows_, 0)), words_(std::exchange(other.words_, nullptr)) {}

RowBits& RowBits::operator=(RowBits&& other) noexcept {
  std::swap(rows_, other.rows_);
  std::swap(words_, other.words_);
  return *this;
}

RowBits::~RowBits() { ::operator delete(words_, cache_line); }

void RowBits::fill() {
  std::fill_n(words_, words(), ~uint64_t{0});
  trim();
}

void RowBits::trim() {
  if (rows_ > 0) {
    words_[words() - 1] &= last_word_mask(rows_);
  }
}

uint64_t RowBits::count() const { return columns::count_ones(words_, words()); }

RowSet::RowSet(RowBits bits) {
  std::vector<uint64_t> before;
  before.reserve(bits.rows() / rows_per_entry + 1);
  for (uint64_t word = 0; word < bits.words(); ++word) {
    if (word % words_per_entry == 0) {
      before.push_back(size_);
    }
    size_ += static_cast<uint64_t>(std::popcount(bits.data()[word]));
  }
  bits_ = std::make_shared<const RowBits>(std::move(bits));
  before_ = std::make_shared<const std::vector<uint64_t>>(std::move(before));
}

bool RowSet::contains(uint64_t row) const { return bits_ != nullptr && row < bits_->rows() && bits_->test(row); }

uint64_t RowSet::row(uint64_t index) const {
  if (index >= size_) {
    throw std::out_of_range("[RowSet::row] the list has fewer rows");
  }
  const auto entry = static_cast<uint64_t>(std::upper_bound(before_->begin(), before_->end(), index) - before_->begin()) - 1;
  uint64_t left = index - (*before_)[entry];
  uint64_t word = entry * words_per_entry;
  for (;; ++word) {
    const auto inside = static_cast<uint64_t>(std::popcount(bits_->data()[word]));
    if (left < inside) {
      return word * 64 + select_bit(bits_->data()[word], left);
    }
    left -= inside;
  }
}

std::vector<uint64_t> RowSet::rows(uint64_t first, uint64_t count) const {
  std::vector<uint64_t> list;
  if (first >= size_) {
    return list;
  }
  count = std::min(count, size_ - first);
  list.reserve(count);
  const uint64_t begin = row(first);
  uint64_t word = begin / 64;
  uint64_t bits = bits_->data()[word] & (~uint64_t{0} << (begin % 64));
  while (list.size() < count) {
    if (bits == 0) {
      bits = bits_->data()[++word];
      continue;
    }
    list.push_back(word * 64 + static_cast<uint64_t>(std::countr_zero(bits)));
    bits &= bits - 1;
  }
  return list;
}

uint64_t RowSet::rank(uint64_t row) const {
  if (bits_ == nullptr || bits_->rows() == 0) {
    return 0;
  }
  row = std::min(row, bits_->rows());
  const uint64_t entry = std::min<uint64_t>(row / rows_per_entry, before_->size() - 1);
  uint64_t total = (*before_)[entry];
  for (uint64_t word = entry * words_per_entry; word < row / 64; ++word) {
    total += static_cast<uint64_t>(std::popcount(bits_->data()[word]));
  }
  if (row % 64 != 0) {
    total += static_cast<uint64_t>(std::popcount(bits_->data()[row / 64] & ((uint64_t{1} << (row % 64)) - 1)));
  }
  return total;
}

}  // namespace darkroom
