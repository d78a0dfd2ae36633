// SPDX-License-Identifier: Apache-2.0
// Hashes are first put apart by their highest bits, so that what follows stays in the processor's cache and parts go side by side. In a
// part: one bit per value that was seen, one per value that was seen again (both inexact: several values share a bit); then an exact table
// of the few rows whose bit was seen again.
#include "core/columns/repeat_index.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "core/base/mapped_file.h"
#include "core/columns/array_file.h"
#include "core/columns/row_set.h"
#include "core/columns/store_layout.h"

namespace darkroom {
namespace {

constexpr uint64_t rows_per_part = 500'000;
constexpr uint64_t rows_per_pass = 64'000'000;
constexpr uint64_t rows_per_block = 1'000'000;
constexpr uint64_t most_parts = 256;
constexpr uint64_t bits_per_row = 8;

struct Repeat {
  uint32_t row = 0;
  uint32_t group = 0;  // in its part
};

struct Part {
  std::vector<Repeat> repeats;  // by row
  uint32_t groups = 0;
};

class BitTable {
 public:
  explicit BitTable(uint64_t bits) : words_(bits / 64), mask_(bits - 1) {}
  bool test(uint64_t hash) const { return ((words_[(hash & mask_) / 64] >> (hash % 64)) & 1U) != 0; }
  void set(uint64_t hash) { words_[(hash & mask_) / 64] |= uint64_t{1} << (hash % 64); }

 private:
  std::vector<uint64_t> words_;
  uint64_t mask_;
};

// Rows whose exact hash occurs more than once among candidates.
void keep_repeats(const std::vector<std::pair<uint64_t, uint32_t>>& candidates, Part& part) {
  struct Slot {
    uint64_t hash = 0;
    uint32_t count = 0;
    uint32_t group = 0;
  };
  std::vector<Slot> slots(std::bit_ceil(candidates.size() * 2 + 2));
  const uint64_t mask = slots.size() - 1;
  const auto slot_of = [&](uint64_t hash) -> Slot& {
    uint64_t at = hash & mask;
    while (slots[at].hash != 0 && slots[at].hash != hash) {
      at = (at + 1) & mask;
    }
    return slots[at];
  };
  for (const auto& [hash, row] : candidates) {
    Slot& slot = slot_of(hash);
    slot.hash = hash;
    ++slot.count;
  }
  for (const auto& [hash, row] : candidates) {
    Slot& slot = slot_of(hash);
    if (slot.count < 2) {
      continue;
    }
    if (slot.group == 0) {
      slot.group = ++part.groups;
    }
    part.repeats.push_back({row, slot.group - 1});
  }
}

Part find_repeats(std::span<const uint64_t> hashes, std::span<const uint32_t> rows) {
  const uint64_t bits = std::bit_ceil(std::max<uint64_t>(64, hashes.size() * bits_per_row));
  BitTable once(bits);
  BitTable again(bits);
  for (const uint64_t hash : hashes) {
    if (once.test(hash)) {
      again.set(hash);
    } else {
      once.set(hash);
    }
  }
  std::vector<std::pair<uint64_t, uint32_t>> candidates;
  for (size_t i = 0; i < hashes.size(); ++i) {
    if (again.test(hashes[i])) {
      candidates.emplace_back(hashes[i], rows[i]);
    }
  }
  Part part;
  keep_repeats(candidates, part);
  return part;
}

// Hashes by their highest bits. Part `index` of the parts first … end - 1 that are asked for.
class Partition {
 public:
  Partition(std::span<const uint64_t> hashes, uint64_t parts, uint64_t first, uint64_t end, WorkerPool& pool)
      : shift_(static_cast<unsigned>(64 - std::countr_zero(parts))), first_(first), begins_(end - first + 1) {
    const uint64_t blocks = (hashes.size() + rows_per_block - 1) / rows_per_block;
    const uint64_t wanted = end - first;
    std::vector<std::vector<uint64_t>> places(blocks, std::vector<uint64_t>(wanted));
    const auto each = [&](uint64_t block, auto&& see) {
      const uint64_t last = std::min<uint64_t>((block + 1) * rows_per_block, hashes.size());
      for (uint64_t row = block * rows_per_block; row < last; ++row) {
        const uint64_t part = part_of(hashes[row]) - first_;
        if (hashes[row] != 0 && part < wanted) {
          see(row, part);
        }
      }
    };
    pool.run(blocks, [&](size_t block) { each(block, [&](uint64_t, uint64_t part) { ++places[block][part]; }); });
    uint64_t total = 0;
    for (uint64_t part = 0; part < wanted; ++part) {
      begins_[part] = total;
      for (std::vector<uint64_t>& block : places) {
        total += std::exchange(block[part], total);
      }
    }
    begins_[wanted] = total;
    hashes_.resize(total);
    rows_.resize(total);
    pool.run(blocks, [&](size_t block) {
      each(block, [&](uint64_t row, uint64_t part) {
        const uint64_t place = places[block][part]++;
        hashes_[place] = hashes[row];
        rows_[place] = static_cast<uint32_t>(row);
      });
    });
  }

  std::span<const uint64_t> hashes(uint64_t part) const {
    return std::span(hashes_).subspan(begins_[part], begins_[part + 1] - begins_[part]);
  }
  std::span<const uint32_t> rows(uint64_t part) const { return std::span(rows_).subspan(begins_[part], begins_[part + 1] - begins_[part]); }
  uint64_t size() const { return hashes_.size(); }

 private:
  uint64_t part_of(uint64_t hash) const { return shift_ == 64 ? 0 : hash >> shift_; }

  unsigned shift_;
  uint64_t first_;
  std::vector<uint64_t> begins_;
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> rows_;
};

// Puts the repeats of all parts in the order of rows.
void merge(const std::vector<Part>& parts, uint64_t rows, std::vector<uint32_t>& repeat_rows, std::vector<uint32_t>& repeat_of) {
  RowBits bits(rows);
  uint64_t total = 0;
  for (const Part& part : parts) {
    total += part.repeats.size();
    for (const Repeat& repeat : part.repeats) {
      bits.set(repeat.row);
    }
  }
  std::vector<uint64_t> before(bits.words());
  uint64_t count = 0;
  for (uint64_t word = 0; word < bits.words(); ++word) {
    before[word] = count;
    count += static_cast<uint64_t>(std::popcount(bits.data()[word]));
  }
  repeat_rows.resize(total);
  repeat_of.resize(total);
  uint32_t first_group = 0;
  for (const Part& part : parts) {
    for (const Repeat& repeat : part.repeats) {
      const uint64_t below = bits.data()[repeat.row / 64] & ((uint64_t{1} << (repeat.row % 64)) - 1);
      const uint64_t place = before[repeat.row / 64] + static_cast<uint64_t>(std::popcount(below));
      repeat_rows[place] = repeat.row;
      repeat_of[place] = first_group + repeat.group;
    }
    first_group += part.groups;
  }
  std::vector<uint32_t> number(first_group, std::numeric_limits<uint32_t>::max());
  uint32_t next = 0;
  for (uint32_t& group : repeat_of) {
    uint32_t& own = number[group];
    if (own == std::numeric_limits<uint32_t>::max()) {
      own = next++;
    }
    group = own;
  }
}

}  // namespace

RepeatCounts write_repeat_index(const std::filesystem::path& folder, MetadataColumn column, uint64_t rows, WorkerPool& pool) {
  const MappedFile map(folder / array_name(column, "hashes"));
  const std::span<const uint64_t> hashes(reinterpret_cast<const uint64_t*>(map.bytes().data()), rows);
  const uint64_t count = std::bit_ceil(std::clamp<uint64_t>((rows + rows_per_part - 1) / rows_per_part, 1, most_parts));
  const uint64_t passes = std::min(count, (rows + rows_per_pass - 1) / rows_per_pass);
  std::vector<Part> parts(count);
  RepeatCounts counts;
  counts.empty = rows;
  for (uint64_t pass = 0; pass < passes; ++pass) {
    const uint64_t first = count * pass / passes;
    const uint64_t end = count * (pass + 1) / passes;
    const Partition partition(hashes, count, first, end, pool);
    counts.empty -= partition.size();
    pool.run(end - first, [&](size_t index) { parts[first + index] = find_repeats(partition.hashes(index), partition.rows(index)); });
  }
  for (const Part& part : parts) {
    counts.rows += part.repeats.size();
    counts.groups += part.groups;
  }
  std::vector<uint32_t> repeat_rows;
  std::vector<uint32_t> repeat_of;
  merge(parts, rows, repeat_rows, repeat_of);
  for (const auto& [part, values] : {std::pair("repeat_rows", &repeat_rows), std::pair("repeat_of", &repeat_of)}) {
    ArrayFile file(folder / array_name(column, part), values->size() * sizeof(uint32_t));
    file.write_values(0, std::span<const uint32_t>(*values));
    file.sync();
  }
  return counts;
}

}  // namespace darkroom
