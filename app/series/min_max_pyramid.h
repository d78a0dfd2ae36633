// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace darkroom::app {

/// Minimum and maximum of a block of rows; empty (all rows not finite) when min > max.
struct MinMax {
  float min;
  float max;
};

/// Minima and maxima of blocks of rows: any range of n rows is answered from O(log n) blocks. Values that are not finite are skipped.
class MinMaxPyramid {
 public:
  void append(float value);
  /// All at once, several times as fast.
  void assign(const std::vector<float>& values);
  void truncate(size_t size, const std::vector<float>& values);
  void clear();
  /// Over rows [first, last). The same array that was appended must be given.
  MinMax range(size_t first, size_t last, const std::vector<float>& values) const;

 private:
  static constexpr size_t kBase = 16;  ///< rows in a block of level 0
  size_t m_size = 0;
  std::vector<std::vector<MinMax>> m_levels;  ///< a block of level k covers kBase * 8^k rows; the last block may be partial
};

}  // namespace darkroom::app
