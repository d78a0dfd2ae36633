// SPDX-License-Identifier: GPL-3.0-or-later
// A row that was written is never written again, and a full array is left to whoever reads it instead of being moved: so nothing needs a
// lock. A reader knows its rows by address and number, as the array's own size changes while it reads.
#include "app/series/growing_rows.h"

#include <algorithm>

namespace darkroom::app {
namespace {

constexpr size_t kSmallest = 16;  ///< rows in the first array

}  // namespace

void GrowingRows::append(float value) {
  if (size() == m_values->capacity()) {
    auto grown = std::make_shared<std::vector<float>>();
    grown->reserve(std::max(kSmallest, 2 * size()));
    grown->assign(m_values->begin(), m_values->end());
    m_values = std::move(grown);
  }
  m_values->push_back(value);
}

void GrowingRows::truncate(size_t size) {
  if (size < m_values->size()) {
    m_values = std::make_shared<std::vector<float>>(m_values->begin(), m_values->begin() + static_cast<std::ptrdiff_t>(size));
  }
}

}  // namespace darkroom::app
