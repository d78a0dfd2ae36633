// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace darkroom::app {

/// The first rows of a `GrowingRows`, for another thread: they stay as they are, whatever becomes of it.
class RowsSoFar {
 public:
  explicit RowsSoFar(std::shared_ptr<const std::vector<float>> values) : m_values(std::move(values)), m_rows(*m_values) {}

  std::span<const float> rows() const { return m_rows; }

 private:
  std::shared_ptr<const std::vector<float>> m_values;
  std::span<const float> m_rows;
};

/// Values in the order of their rows, which another thread may read while more are appended, without a copy.
///
/// GUI thread only, but for what `soFar` gave.
class GrowingRows {
 public:
  const std::vector<float>& values() const { return *m_values; }
  size_t size() const { return m_values->size(); }

  void append(float value);
  /// Copies the rows that stay.
  void truncate(size_t size);
  /// Made on this object's thread; costs nothing.
  RowsSoFar soFar() const { return RowsSoFar(m_values); }

 private:
  std::shared_ptr<std::vector<float>> m_values = std::make_shared<std::vector<float>>();
};

}  // namespace darkroom::app
