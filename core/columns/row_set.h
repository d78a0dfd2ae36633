// SPDX-License-Identifier: Apache-2.0
// A set of rows as bits, with what is needed to show it as a list.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace darkroom {

/// The bits of the last word of a set that stand for rows.
constexpr uint64_t last_word_mask(uint64_t rows) { return rows % 64 == 0 ? ~uint64_t{0} : (uint64_t{1} << (rows % 64)) - 1; }

/// One bit a row, 64 a word; the bits after the last row are 0. The memory begins on a cache line and is whole cache lines.
class RowBits {
 public:
  RowBits() = default;
  /// All bits are 0. At most 2^32 - 1 rows.
  explicit RowBits(uint64_t rows);
  RowBits(const RowBits& other);
  RowBits& operator=(const RowBits& other);
  RowBits(RowBits&& other) noexcept;
  RowBits& operator=(RowBits&& other) noexcept;
  ~RowBits();

  uint64_t rows() const { return rows_; }
  uint64_t words() const { return (rows_ + 63) / 64; }
  uint64_t* data() { return words_; }
  const uint64_t* data() const { return words_; }
  bool test(uint64_t row) const { return ((words_[row / 64] >> (row % 64)) & 1U) != 0; }
  void set(uint64_t row) { words_[row / 64] |= uint64_t{1} << (row % 64); }
  void clear(uint64_t row) { words_[row / 64] &= ~(uint64_t{1} << (row % 64)); }
  /// Sets every row.
  void fill();
  /// Clears the bits after the last row, for whoever writes whole words.
  void trim();
  uint64_t count() const;

 private:
  uint64_t rows_ = 0;
  uint64_t* words_ = nullptr;
};

/// Rows in ascending order that can be asked for by their place: the model of a list view. Immutable: copies share the bits, and any thread
/// may read.
///
/// row(i) looks at one directory entry of 4,096 rows and at most 64 words: below a microsecond.
class RowSet {
 public:
  RowSet() = default;
  explicit RowSet(RowBits bits);

  uint64_t size() const { return size_; }
  bool contains(uint64_t row) const;
  /// The row at place `index`. throws std::out_of_range when index >= size()
  uint64_t row(uint64_t index) const;
  /// The rows at places first … first + count - 1, fewer at the end of the list.
  std::vector<uint64_t> rows(uint64_t first, uint64_t count) const;
  /// How many rows of the set lie before `row`: its place in the list, where it is in the set.
  uint64_t rank(uint64_t row) const;

 private:
  std::shared_ptr<const RowBits> bits_;
  std::shared_ptr<const std::vector<uint64_t>> before_;  ///< rows of the set before each 4,096 rows
  uint64_t size_ = 0;
};

}  // namespace darkroom
