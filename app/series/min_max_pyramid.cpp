// SPDX-License-Identifier: GPL-3.0-or-later
// A level of the pyramid covers eight blocks of the one below: six levels for a million rows, so that appending stays a handful of
// comparisons and any range is answered from fewer than 16 + 14 a level.
#include "app/series/min_max_pyramid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace darkroom::app {
namespace {

constexpr size_t kFactor = 8;
constexpr MinMax kEmpty{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};

void add(MinMax& range, float value) {
  if (std::isfinite(value)) {
    range.min = std::min(range.min, value);
    range.max = std::max(range.max, value);
  }
}

void add(MinMax& range, const MinMax& other) {
  range.min = std::min(range.min, other.min);
  range.max = std::max(range.max, other.max);
}

}  // namespace

void MinMaxPyramid::append(float value) {
  size_t block_rows = kBase;
  for (size_t level = 0;; ++level) {
    if (level == m_levels.size()) {
      // A new level starts when the one below holds more than one block: it begins with everything that is there.
      MinMax whole = kEmpty;
      if (level > 0) {
        for (const MinMax& block : m_levels[level - 1]) {
          add(whole, block);
        }
      }
      m_levels.push_back({whole});
    }
    std::vector<MinMax>& blocks = m_levels[level];
    const size_t block = m_size / block_rows;
    if (block == blocks.size()) {
      blocks.push_back(kEmpty);
    }
    add(blocks[block], value);
    if (blocks.size() == 1) {
      break;
    }
    block_rows *= kFactor;
  }
  ++m_size;
}

void MinMaxPyramid::assign(const std::vector<float>& values) {
  clear();
  m_size = values.size();
  if (values.empty()) {
    return;
  }
  std::vector<MinMax> blocks((values.size() + kBase - 1) / kBase, kEmpty);
  for (size_t block = 0; block < blocks.size(); ++block) {
    const size_t end = std::min(values.size(), (block + 1) * kBase);
    for (size_t row = block * kBase; row < end; ++row) {
      add(blocks[block], values[row]);
    }
  }
  m_levels.push_back(std::move(blocks));
  while (m_levels.back().size() > 1) {
    const std::vector<MinMax>& below = m_levels.back();
    std::vector<MinMax> level((below.size() + kFactor - 1) / kFactor, kEmpty);
    for (size_t block = 0; block < below.size(); ++block) {
      add(level[block / kFactor], below[block]);
    }
    m_levels.push_back(std::move(level));
  }
}

void MinMaxPyramid::clear() {
  m_levels.clear();
  m_size = 0;
}

void MinMaxPyramid::truncate(size_t size, const std::vector<float>& values) {
  if (size >= m_size) {
    return;
  }
  // Blocks that end before the cut stay; the rest is appended again.
  const size_t kept_rows = size / kBase * kBase;
  if (kept_rows == 0) {
    clear();
  } else {
    size_t kept_blocks_below = kept_rows / kBase;
    m_levels[0].resize(kept_blocks_below);
    size_t level = 1;
    for (; level < m_levels.size() && m_levels[level - 1].size() > 1; ++level) {
      const size_t blocks = (kept_blocks_below + kFactor - 1) / kFactor;
      m_levels[level].resize(blocks);
      MinMax last = kEmpty;
      for (size_t block = (blocks - 1) * kFactor; block < kept_blocks_below; ++block) {
        add(last, m_levels[level - 1][block]);
      }
      m_levels[level].back() = last;
      kept_blocks_below = blocks;
    }
    m_levels.resize(level);
    m_size = kept_rows;
  }
  for (size_t row = m_size; row < size; ++row) {
    append(values[row]);
  }
}

MinMax MinMaxPyramid::range(size_t first, size_t last, const std::vector<float>& values) const {
  MinMax result = kEmpty;
  last = std::min(last, m_size);
  if (first >= last) {
    return result;
  }
  if (last - first < 2 * kBase) {
    for (; first < last; ++first) {
      add(result, values[first]);
    }
    return result;
  }
  while (first % kBase != 0) {
    add(result, values[first++]);
  }
  while (last % kBase != 0) {
    add(result, values[--last]);
  }
  size_t from = first / kBase;
  size_t to = last / kBase;
  for (size_t level = 0; from < to; ++level) {
    const std::vector<MinMax>& blocks = m_levels[level];
    const bool top = level + 1 >= m_levels.size() || to - from < 2 * kFactor;
    while (from < to && (top || from % kFactor != 0)) {
      add(result, blocks[from++]);
    }
    while (from < to && to % kFactor != 0) {
      add(result, blocks[--to]);
    }
    from /= kFactor;
    to /= kFactor;
  }
  return result;
}

}  // namespace darkroom::app
