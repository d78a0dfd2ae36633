// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/wall_model.h"

#include <algorithm>

namespace darkroom::app {
namespace {

constexpr int kRemembered = 6000;
constexpr int kAtOnce = 96;

int shownOf(uint64_t rows, uint64_t first) { return static_cast<int>(std::min<uint64_t>(rows - std::min(rows, first), WallModel::kMost)); }

}  // namespace

WallModel::WallModel(CurationWorker* worker, QObject* parent) : RowListModelBase(WallItem::staticMetaObject, parent), m_worker(worker) {
  m_turn.setSingleShot(true);
  m_turn.setInterval(0);
  connect(&m_turn, &QTimer::timeout, this, &WallModel::ask);
  connect(worker, &CurationWorker::described, this, &WallModel::take);
}

int WallModel::size() const { return shownOf(m_fixed.empty() ? m_set.size() : m_fixed.size(), m_first); }

uint64_t WallModel::rowOf(int index) const {
  const uint64_t place = m_first + static_cast<uint64_t>(index);
  return m_fixed.empty() ? m_set.row(place) : m_fixed[place];
}

const void* WallModel::gadgetAt(int row) const {
  const quint64 number = rowOf(row);
  const auto found = m_items.constFind(number);
  if (found == m_items.constEnd() || m_stale.contains(number)) {
    if (!m_wanted.contains(number)) {
      m_wanted << number;
      m_turn.start();
    }
  }
  if (found != m_items.constEnd()) {
    return &*found;
  }
  m_shown = m_unknown;
  m_shown.row = static_cast<double>(number);
  return &m_shown;
}

void WallModel::ask() {
  std::vector<uint64_t> rows;
  // The last that were asked for are what is in view now.
  for (auto at = m_wanted.rbegin(); at != m_wanted.rend() && rows.size() < kAtOnce; ++at) {
    rows.push_back(*at);
  }
  m_wanted.clear();
  if (!rows.empty()) {
    m_worker->describe(std::move(rows));
  }
}

// Places that stay keep their tiles, with other rows on them: a wall made anew takes a tenth of a second, at each move of a threshold.
template <typename Change>
void WallModel::replace(int now, Change&& change) {
  const int before = size();
  if (now < before) {
    beginRemoveRows({}, now, before - 1);
  } else if (now > before) {
    beginInsertRows({}, before, now - 1);
  }
  change();
  if (now < before) {
    endRemoveRows();
  } else if (now > before) {
    endInsertRows();
  }
  if (const int kept = std::min(before, now); kept > 0) {
    emit dataChanged(index(0), index(kept - 1));
  }
  emit countChanged();
}

void WallModel::showSet(const RowSet& set, quint64 serial) {
  const uint64_t first = std::min<uint64_t>(m_first, set.size() > 0 ? (set.size() - 1) / kMost * kMost : 0);
  replace(shownOf(set.size(), first), [&] {
    m_set = set;
    m_fixed.clear();
    m_first = first;
    outdate(serial);
  });
}

void WallModel::showRows(std::vector<uint64_t> rows, quint64 serial) {
  replace(shownOf(rows.size(), 0), [&] {
    m_set = RowSet();
    m_fixed = std::move(rows);
    m_first = 0;
    outdate(serial);
  });
}

void WallModel::outdate(quint64 serial) {
  m_serial = serial;
  for (auto at = m_items.keyBegin(); at != m_items.keyEnd(); ++at) {
    m_stale.insert(*at, true);
  }
}

void WallModel::forget() {
  m_items.clear();
  m_stale.clear();
  if (size() > 0) {
    emit dataChanged(index(0), index(size() - 1));
  }
}

void WallModel::take(quint64 serial, const QList<DescribedRow>& rows) {
  if (serial != m_serial) {
    return;
  }
  if (m_items.size() > kRemembered) {
    m_items.clear();
    m_stale.clear();
  }
  for (const DescribedRow& row : rows) {
    m_stale.remove(row.row);
    WallItem item = m_describe ? m_describe(row) : WallItem();
    if (m_items.value(row.row) == item) {
      continue;
    }
    m_items.insert(row.row, item);
    const int place = indexOf(static_cast<double>(row.row));
    if (place >= 0) {
      announceRow(place);
    }
  }
}

const WallItem* WallModel::itemAt(int index) const {
  if (index < 0 || index >= size()) {
    return nullptr;
  }
  const auto found = m_items.constFind(rowOf(index));
  return found == m_items.constEnd() ? nullptr : &*found;
}

const WallItem* WallModel::known(double row) const {
  const auto found = m_items.constFind(static_cast<quint64>(row));
  return found == m_items.constEnd() ? nullptr : &*found;
}

double WallModel::rowAt(int index) const { return index >= 0 && index < size() ? static_cast<double>(rowOf(index)) : -1; }

int WallModel::indexOf(double row) const {
  const auto number = static_cast<uint64_t>(row);
  int64_t place = -1;
  if (!m_fixed.empty()) {
    const auto found = std::find(m_fixed.begin(), m_fixed.end(), number);
    place = found == m_fixed.end() ? -1 : found - m_fixed.begin();
  } else if (m_set.size() > 0 && m_set.contains(number)) {
    place = static_cast<int64_t>(m_set.rank(number));
  }
  place -= static_cast<int64_t>(m_first);
  return place >= 0 && place < size() ? static_cast<int>(place) : -1;
}

void WallModel::showFrom(double place) {
  const auto first = static_cast<uint64_t>(std::clamp(place, 0.0, std::max(0.0, total() - 1)));
  replace(shownOf(static_cast<uint64_t>(total()), first), [&] { m_first = first; });
}

}  // namespace darkroom::app
