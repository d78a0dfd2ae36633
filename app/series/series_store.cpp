// SPDX-License-Identifier: GPL-3.0-or-later
// A level of the pyramid covers eight blocks of the one below: six levels for a million rows, so that appending stays a handful of
// comparisons and any range is answered from fewer than 16 + 14 a level.
#include "app/series/series_store.h"

#include <algorithm>
#include <cmath>

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

void SeriesColumns::append(double step, double epoch, double images, double hours) {
  const double row[4] = {step, epoch, images, hours};
  for (int axis = 0; axis < 4; ++axis) {
    std::vector<double>& column = values[axis];
    column.push_back(column.empty() ? row[axis] : std::max(column.back(), row[axis]));
  }
}

void SeriesColumns::truncate(size_t size) {
  for (std::vector<double>& column : values) {
    column.resize(std::min(size, column.size()));
  }
}

size_t SeriesColumns::lower_bound(SeriesAxis::Kind axis, double value) const {
  const std::vector<double>& column = values[axis];
  return static_cast<size_t>(std::lower_bound(column.begin(), column.end(), value) - column.begin());
}

void MinMaxPyramid::append(float value) {
  size_t block_rows = kBase;
  for (size_t level = 0;; ++level) {
    if (level == levels_.size()) {
      // A new level starts when the one below holds more than one block: it begins with everything that is there.
      MinMax whole = kEmpty;
      if (level > 0) {
        for (const MinMax& block : levels_[level - 1]) {
          add(whole, block);
        }
      }
      levels_.push_back({whole});
    }
    std::vector<MinMax>& blocks = levels_[level];
    const size_t block = size_ / block_rows;
    if (block == blocks.size()) {
      blocks.push_back(kEmpty);
    }
    add(blocks[block], value);
    if (blocks.size() == 1) {
      break;
    }
    block_rows *= kFactor;
  }
  ++size_;
}

void MinMaxPyramid::rebuild(const std::vector<float>& values) {
  levels_.clear();
  size_ = 0;
  for (const float value : values) {
    append(value);
  }
}

void MinMaxPyramid::truncate(size_t size, const std::vector<float>& values) {
  if (size >= size_) {
    return;
  }
  // Blocks that end before the cut stay; the rest is appended again.
  size_t block_rows = kBase;
  const size_t kept_rows = size / kBase * kBase;
  if (kept_rows == 0) {
    levels_.clear();
    size_ = 0;
  } else {
    size_t kept_blocks_below = kept_rows / kBase;
    levels_[0].resize(kept_blocks_below);
    size_t level = 1;
    for (; level < levels_.size() && levels_[level - 1].size() > 1; ++level) {
      block_rows *= kFactor;
      const size_t blocks = (kept_blocks_below + kFactor - 1) / kFactor;
      levels_[level].resize(blocks);
      MinMax last = kEmpty;
      for (size_t block = (blocks - 1) * kFactor; block < kept_blocks_below; ++block) {
        add(last, levels_[level - 1][block]);
      }
      levels_[level].back() = last;
      kept_blocks_below = blocks;
    }
    levels_.resize(level);
    size_ = kept_rows;
  }
  for (size_t row = size_; row < size; ++row) {
    append(values[row]);
  }
}

MinMax MinMaxPyramid::range(size_t first, size_t last, const std::vector<float>& values) const {
  MinMax result = kEmpty;
  last = std::min(last, size_);
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
    const std::vector<MinMax>& blocks = levels_[level];
    const bool top = level + 1 >= levels_.size() || to - from < 2 * kFactor;
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

SeriesStore::SeriesStore(std::shared_ptr<const SeriesColumns> columns, QObject* parent) : QObject(parent), m_columns(std::move(columns)) {}

double SeriesStore::last() const {
  const auto found = std::find_if(m_raw.rbegin(), m_raw.rend(), [](float value) { return std::isfinite(value); });
  return found == m_raw.rend() ? std::numeric_limits<double>::quiet_NaN() : *found;
}

double SeriesStore::lastSmoothed() const {
  const auto found = std::find_if(m_smoothed.rbegin(), m_smoothed.rend(), [](float value) { return std::isfinite(value); });
  return found == m_smoothed.rend() ? std::numeric_limits<double>::quiet_NaN() : *found;
}

void SeriesStore::smoothNext(float value) {
  if (std::isfinite(value)) {
    m_mean = m_weight * m_mean + (1 - m_weight) * value;
    m_bias *= m_weight;
    const double smoothed = m_mean / (1 - m_bias);
    m_smoothed.push_back(static_cast<float>(smoothed));
    if (!(smoothed >= m_best)) {
      m_best = smoothed;
      m_bestRow = static_cast<int>(m_smoothed.size()) - 1;
    }
  } else {
    m_smoothed.push_back(std::numeric_limits<float>::quiet_NaN());
  }
  m_smoothedPyramid.append(m_smoothed.back());
}

void SeriesStore::append(float value) {
  m_raw.push_back(value);
  m_rawPyramid.append(value);
  smoothNext(value);
}

void SeriesStore::smoothAgain() {
  m_smoothed.clear();
  m_smoothed.reserve(m_raw.size());
  m_smoothedPyramid.rebuild({});
  m_mean = 0;
  m_bias = 1;
  m_best = std::numeric_limits<double>::quiet_NaN();
  m_bestRow = -1;
  for (const float value : m_raw) {
    smoothNext(value);
  }
}

void SeriesStore::truncate(size_t size) {
  if (size >= m_raw.size()) {
    return;
  }
  m_rawPyramid.truncate(size, m_raw);
  m_raw.resize(size);
  smoothAgain();
}

void SeriesStore::setSmoothing(double weight) {
  weight = std::clamp(weight, 0.0, 0.999);
  if (weight == m_weight) {
    return;
  }
  m_weight = weight;
  smoothAgain();
  emit changed();
}

}  // namespace darkroom::app
