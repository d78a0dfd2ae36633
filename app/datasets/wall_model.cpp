// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/wall_model.h"

#include <algorithm>

namespace darkroom::app {
namespace {

constexpr int kRemembered = 6000;
constexpr int kAtOnce = 96;

}  // namespace

WallModel::WallModel(CurationWorker* worker, QObject* parent) : RowListModelBase(WallItem::staticMetaObject, parent), m_worker(worker) {
  m_turn.setSingleShot(true);
  m_turn.setInterval(0);
  connect(&m_turn, &QTimer::timeout, this, &WallModel::ask);
  connect(worker, &CurationWorker::described, this, &WallModel::take);
}

int WallModel::size() const {
  const uint64_t rows = m_fixed.empty() ? m_set.size() : m_fixed.size();
  return static_cast<int>(std::min<uint64_t>(rows - std::min(rows, m_first), kMost));
}

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

void WallModel::replaced(int before) {
  const int now = size();
  if (now == before) {
    if (now > 0) {
      emit dataChanged(index(0), index(now - 1));
    }
  } else {
    // The old size is gone with the old rows: a reset says so honestly.
    beginResetModel();
    endResetModel();
  }
  emit countChanged();
}

void WallModel::showSet(const RowSet& set, quint64 serial) {
  const int before = size();
  m_serial = serial;
  m_set = set;
  m_fixed.clear();
  m_first = std::min<uint64_t>(m_first, set.size() > 0 ? (set.size() - 1) / kMost * kMost : 0);
  for (auto at = m_items.keyBegin(); at != m_items.keyEnd(); ++at) {
    m_stale.insert(*at, true);
  }
  replaced(before);
}

void WallModel::showRows(std::vector<uint64_t> rows, quint64 serial) {
  const int before = size();
  m_serial = serial;
  m_set = RowSet();
  m_fixed = std::move(rows);
  m_first = 0;
  for (auto at = m_items.keyBegin(); at != m_items.keyEnd(); ++at) {
    m_stale.insert(*at, true);
  }
  replaced(before);
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
  const int before = size();
  m_first = static_cast<uint64_t>(std::clamp(place, 0.0, std::max(0.0, total() - 1)));
  replaced(before);
}

}  // namespace darkroom::app
