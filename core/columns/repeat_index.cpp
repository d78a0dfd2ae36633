// SPDX-License-Identifier: Apache-2.0
// Most values occur once, and this shall be found out in two runs over the hashes. The first sets a bit per value and notes values whose
// bit was set already; the second takes the rows whose value may be one of the noted; an exact table then looks at those few. Bits are
// asked for some rows ahead: the processor fetches many lines of a table at once that is larger than its caches. Values are divided by
// their highest bits among threads, each of which runs over all hashes.
#include "core/columns/repeat_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "core/base/mapped_file.h"
#include "core/columns/array_file.h"
#include "core/columns/row_set.h"
#include "core/columns/store_layout.h"

namespace darkroom {
namespace {

constexpr uint64_t rows_per_part = 8'000'000;  // what a thread has in memory at a time
constexpr uint64_t most_parts = 256;
constexpr uint64_t bits_per_row = 8;
constexpr uint64_t bits_per_candidate = 16;
constexpr size_t rows_ahead = 512;
constexpr size_t candidates_per_table = 32'768;

struct Repeat {
  uint32_t row = 0;
  uint32_t group = 0;  // in its part
};

struct Part {
  std::vector<Repeat> repeats;
  uint32_t groups = 0;
  uint64_t rows = 0;  // that have a value
};

struct HashedRow {
  uint64_t hash = 0;
  uint32_t row = 0;
};

// A bit per value; several values may share one. `shift`: which bits of a hash choose.
class BitTable {
 public:
  BitTable(uint64_t bits, unsigned shift) : words_(bits / 64), mask_(bits - 1), shift_(shift) {}
  void fetch(uint64_t hash) const { __builtin_prefetch(&words_[place(hash) / 64], 1); }
  bool test(uint64_t hash) const { return ((words_[place(hash) / 64] >> (place(hash) % 64)) & 1U) != 0; }
  void set(uint64_t hash) { words_[place(hash) / 64] |= uint64_t{1} << (place(hash) % 64); }

 private:
  uint64_t place(uint64_t hash) const { return (hash >> shift_) & mask_; }

  std::vector<uint64_t> words_;
  uint64_t mask_;
  unsigned shift_;
};

uint64_t table_bits(uint64_t values, uint64_t bits_per_value) { return std::bit_ceil(std::max<uint64_t>(64, values * bits_per_value)); }

// The values of one part among all hashes.
class PartOfHashes {
 public:
  PartOfHashes(std::span<const uint64_t> hashes, uint64_t parts, uint64_t part)
      : hashes_(hashes), shift_(static_cast<unsigned>(64 - std::countr_zero(parts))), part_(part) {}

  // see(hash, row) for each value, after its bit was asked for of `table`.
  template <typename See>
  void each(const BitTable& table, See&& see) const {
    std::array<HashedRow, rows_ahead> ahead;
    for (size_t first = 0; first < hashes_.size(); first += rows_ahead) {
      const size_t end = std::min(first + rows_ahead, hashes_.size());
      size_t count = 0;
      for (size_t row = first; row < end; ++row) {
        const uint64_t hash = hashes_[row];
        ahead[count] = {hash, static_cast<uint32_t>(row)};
        count += hash != 0 && part_of(hash) == part_ ? 1 : 0;
      }
      for (size_t i = 0; i < count; ++i) {
        table.fetch(ahead[i].hash);
      }
      for (size_t i = 0; i < count; ++i) {
        see(ahead[i]);
      }
    }
  }

 private:
  uint64_t part_of(uint64_t hash) const { return shift_ == 64 ? 0 : hash >> shift_; }

  std::span<const uint64_t> hashes_;
  unsigned shift_;
  uint64_t part_;
};

// Rows whose exact hash occurs more than once among candidates.
void keep_repeats(std::span<const HashedRow> candidates, Part& part) {
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

// Candidates by bits of their hashes, so that tables of some of them at a time stay in the processor's cache.
void keep_repeats_by_pieces(const std::vector<HashedRow>& candidates, Part& part) {
  const uint64_t pieces = std::bit_ceil(candidates.size() / candidates_per_table + 1);
  const auto piece_of = [pieces](const HashedRow& candidate) { return (candidate.hash >> 40U) & (pieces - 1); };
  std::vector<size_t> ends(pieces + 1);
  for (const HashedRow& candidate : candidates) {
    ++ends[piece_of(candidate) + 1];
  }
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<size_t> places(ends.begin(), ends.end() - 1);
  std::vector<HashedRow> sorted(candidates.size());
  for (const HashedRow& candidate : candidates) {
    sorted[places[piece_of(candidate)]++] = candidate;
  }
  for (uint64_t piece = 0; piece < pieces; ++piece) {
    keep_repeats(std::span(sorted).subspan(ends[piece], ends[piece + 1] - ends[piece]), part);
  }
}

Part find_repeats(const PartOfHashes& hashes, uint64_t rows_of_part) {
  Part part;
  std::vector<uint64_t> seen_again;
  {
    BitTable seen(table_bits(rows_of_part, bits_per_row), 0);
    hashes.each(seen, [&](const HashedRow& value) {
      ++part.rows;
      if (seen.test(value.hash)) {
        seen_again.push_back(value.hash);
      } else {
        seen.set(value.hash);
      }
    });
  }
  BitTable again(table_bits(seen_again.size(), bits_per_candidate), 16);
  for (const uint64_t hash : seen_again) {
    again.set(hash);
  }
  seen_again = {};
  std::vector<HashedRow> candidates;
  hashes.each(again, [&](const HashedRow& value) {
    if (again.test(value.hash)) {
      candidates.push_back(value);
    }
  });
  keep_repeats_by_pieces(candidates, part);
  return part;
}

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
  const uint64_t threads = std::min<uint64_t>(pool.threads(), most_parts);
  const uint64_t count = std::bit_ceil(std::clamp<uint64_t>((rows + rows_per_part - 1) / rows_per_part, threads, most_parts));
  std::vector<Part> parts(count);
  pool.run(count, [&](size_t index) { parts[index] = find_repeats(PartOfHashes(hashes, count, index), rows / count + 1); });
  RepeatCounts counts;
  counts.empty = rows;
  for (const Part& part : parts) {
    counts.rows += part.repeats.size();
    counts.groups += part.groups;
    counts.empty -= part.rows;
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
