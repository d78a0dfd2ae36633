// SPDX-License-Identifier: GPL-3.0-or-later
// DatasetsViewModel: what came of the rules, on the wall and in words.
#include <algorithm>
#include <cmath>

#include "app/datasets/datasets_view_model.h"
#include "app/datasets/filter_rows.h"
#include "app/viewmodels/format.h"

namespace darkroom::app {

void DatasetsViewModel::ask() {
  if (m_state == Ready) {
    m_asked = true;
    m_worker->ask({.rules = m_document.rules(), .view = m_view, .focus = m_focus});
  }
}

void DatasetsViewModel::takeAnswer(std::shared_ptr<const CurationAnswer> answer) {
  if (m_state != Ready) {
    return;
  }
  m_asked = false;
  const bool first = !m_answer;
  if (answer->problem.isEmpty()) {
    m_answer = std::move(answer);
    const auto rowsOf = [](const std::vector<EdgeRow>& edge) {
      std::vector<uint64_t> rows;
      rows.reserve(edge.size());
      std::transform(edge.begin(), edge.end(), std::back_inserter(rows), [](const EdgeRow& row) { return row.row; });
      return rows;
    };
    if (m_answer->request.view == WallView::edge) {
      m_passing->showRows(rowsOf(m_answer->edge.passing), m_answer->serial);
      m_failing->showRows(rowsOf(m_answer->edge.failing), m_answer->serial);
    } else {
      m_wall->showSet(m_answer->list, m_answer->serial);
    }
    if (first) {
      m_report->showColumns(*m_answer);
    }
  } else {
    auto refused = std::make_shared<CurationAnswer>(m_answer ? *m_answer : *answer);
    refused->problem = answer->problem;
    m_answer = std::move(refused);
  }
  showFilters();
  emit answerChanged();
}

WallItem DatasetsViewModel::wallItem(const DescribedRow& row) const {
  WallItem item;
  item.row = static_cast<double>(row.row);
  item.known = true;
  item.kept = is_kept(row.verdict);
  item.byHand = row.verdict == verdict_kept_by_hand || row.verdict == verdict_dropped_by_hand;
  item.caption = row.caption;
  item.name = row.url.isEmpty() ? row.key : row.url;
  if (row.width > 0 && row.height > 0) {
    item.size = QStringLiteral("%1 × %2").arg(row.width).arg(row.height);
  }
  const std::vector<FilterRule>& rules = m_document.rules().rules;
  if (m_focus >= 0 && static_cast<size_t>(m_focus) < rules.size() && std::isfinite(row.value)) {
    const FilterRule& rule = rules[static_cast<size_t>(m_focus)];
    const int decimals = columnStyle(column_of(rule)).decimals;
    item.value = Format::number(row.value, decimals);
    // 6.4999 is not shown as the 6.50 that it fails.
    if (const auto* range = std::get_if<ColumnRule>(&rule)) {
      for (const std::optional<double>& end : {rangeEnd(*range, RangeEnd::low), rangeEnd(*range, RangeEnd::high)}) {
        if (end && row.value != *end && item.value == Format::number(*end, decimals)) {
          item.value = Format::number(row.value, decimals + 2);
        }
      }
    }
  }
  if (item.byHand) {
    item.reason = item.kept ? tr("Kept by hand") : tr("Dropped by hand");
  } else if (!item.kept && row.verdict >= 0 && static_cast<size_t>(row.verdict) < rules.size()) {
    item.reason = tr("Dropped by %1").arg(ruleTitle(rules[static_cast<size_t>(row.verdict)]));
  } else {
    item.reason = tr("Kept by every rule");
  }
  item.picture = pictureOf(item.row);
  return item;
}

QUrl DatasetsViewModel::pictureOf(double row) const {
  return pictures().hasPictures()
             ? QUrl(QStringLiteral("image://wall/%1/%2").arg(pictures().generation()).arg(static_cast<qulonglong>(row)))
             : QUrl();
}

void DatasetsViewModel::setFocus(int rule) {
  if (rule != m_focus && rule >= 0 && static_cast<size_t>(rule) < m_document.rules().rules.size()) {
    m_focus = rule;
    m_document.endGesture();
    ask();
    emit answerChanged();
  }
}

QString DatasetsViewModel::view() const {
  switch (m_view) {
    case WallView::kept:
      return QStringLiteral("kept");
    case WallView::dropped:
      return QStringLiteral("dropped");
    case WallView::onlyThis:
      return QStringLiteral("only");
    case WallView::edge:
      break;
  }
  return QStringLiteral("edge");
}

void DatasetsViewModel::setView(const QString& view) {
  const WallView wanted = view == "kept"      ? WallView::kept
                          : view == "dropped" ? WallView::dropped
                          : view == "only"    ? WallView::onlyThis
                                              : WallView::edge;
  if (wanted != m_view) {
    m_view = wanted;
    ask();
    emit answerChanged();
  }
}

void DatasetsViewModel::showRow(double row) {
  const WallItem* item = onAnyWall(row);
  QSize size;
  if (m_store && row >= 0 && m_store->find(MetadataColumn::width) != nullptr && m_store->find(MetadataColumn::height) != nullptr) {
    const double width = m_store->number(MetadataColumn::width, static_cast<uint64_t>(row));
    const double height = m_store->number(MetadataColumn::height, static_cast<uint64_t>(row));
    size = width > 0 && height > 0 ? QSize(static_cast<int>(width), static_cast<int>(height)) : QSize();
  }
  m_detail->show(row, item != nullptr ? item->caption : QString(), size);
  if (row >= 0) {
    m_worker->fetchRow(static_cast<uint64_t>(row));
  }
}

QString DatasetsViewModel::keptText() const {
  return m_answer ? Format::count(static_cast<double>(m_answer->result.counts.kept)) : QString();
}

QString DatasetsViewModel::rowsText() const { return m_store ? Format::count(static_cast<double>(m_store->rows())) : QString(); }

double DatasetsViewModel::keptFraction() const {
  return m_answer && m_answer->result.counts.rows > 0
             ? static_cast<double>(m_answer->result.counts.kept) / static_cast<double>(m_answer->result.counts.rows)
             : 0;
}

QString DatasetsViewModel::percentText() const { return m_answer ? Format::percent(keptFraction(), 2) : QString(); }

QString DatasetsViewModel::droppedText() const {
  return m_answer ? Format::count(static_cast<double>(m_answer->result.counts.rows - m_answer->result.counts.kept)) : QString();
}

QString DatasetsViewModel::onlyText() const {
  return m_answer && m_focus >= 0 && static_cast<size_t>(m_focus) < m_answer->result.only.size()
             ? Format::count(static_cast<double>(m_answer->result.only[static_cast<size_t>(m_focus)]))
             : QString();
}

QString DatasetsViewModel::rulesProblem() const { return m_answer ? m_answer->problem : QString(); }

const FilterItem* DatasetsViewModel::focused() const {
  return m_focus >= 0 && m_focus < m_filters->rowCount() ? &m_filters->at(m_focus) : nullptr;
}

QString DatasetsViewModel::edgeTitle(bool pass) const {
  const FilterItem* rule = focused();
  if (rule == nullptr || (!rule->hasLow && !rule->hasHigh)) {
    return {};
  }
  if (rule->hasLow && rule->hasHigh) {
    const QString range = tr("%1 to %2").arg(Format::number(rule->low, rule->decimals), Format::number(rule->high, rule->decimals));
    return pass ? tr("Just inside %1").arg(range) : tr("Just outside %1").arg(range);
  }
  const QString value = Format::number(rule->hasLow ? rule->low : rule->high, rule->decimals);
  return pass == rule->hasLow ? tr("Just above %1").arg(value) : tr("Just below %1").arg(value);
}

QString DatasetsViewModel::edgeDetail(bool pass) const {
  const FilterItem* rule = focused();
  if (rule == nullptr || !m_answer || m_answer->request.view != WallView::edge) {
    return {};
  }
  const std::vector<EdgeRow>& rows = pass ? m_answer->edge.passing : m_answer->edge.failing;
  if (rows.empty()) {
    return pass ? tr("no row that the other rules keep") : tr("no row would come back");
  }
  const QString count = Format::count(static_cast<double>(rows.size()));
  const QString last = Format::number(rows.back().value, rule->decimals);
  if (rule->hasLow && rule->hasHigh) {
    return pass ? tr("would go next if you narrow it: %1").arg(count) : tr("would come back if you widen it: %1").arg(count);
  }
  if (rule->hasLow) {
    return pass ? tr("would go next if you raise it: %1 up to %2").arg(count, last)
                : tr("would come back if you lower it: %1 down to %2").arg(count, last);
  }
  return pass ? tr("would go next if you lower it: %1 down to %2").arg(count, last)
              : tr("would come back if you raise it: %1 up to %2").arg(count, last);
}

QString DatasetsViewModel::edgeText() const {
  const FilterItem* rule = focused();
  if (rule == nullptr) {
    return {};
  }
  QStringList ends;
  if (rule->hasLow) {
    ends << Format::number(rule->low, rule->decimals);
  }
  if (rule->hasHigh) {
    ends << Format::number(rule->high, rule->decimals);
  }
  return rule->title + QStringLiteral(" ") + ends.join(tr(" to "));
}

QString DatasetsViewModel::edgeHint() const {
  const FilterItem* rule = focused();
  return rule == nullptr || rule->kind != "range" ? QString() : tr("drag, or ← → by %1").arg(Format::number(rule->step, rule->decimals));
}

}  // namespace darkroom::app
