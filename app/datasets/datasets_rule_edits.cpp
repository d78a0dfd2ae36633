// SPDX-License-Identifier: GPL-3.0-or-later
// DatasetsViewModel: edits of the rules.
#include <algorithm>
#include <cmath>

#include "app/datasets/datasets_view_model.h"
#include "app/datasets/filter_rows.h"

namespace darkroom::app {

void DatasetsViewModel::put(const FilterRules& rules, const QString& gesture) {
  if (m_state != Ready || rules == m_document.rules()) {
    return;
  }
  m_document.change(rules, gesture);
  m_gesture.start();
  m_save.start();
  showFilters();
  ask();
  emit rulesChanged();
}

template <typename Edit>
void DatasetsViewModel::edit(int rule, const QString& gesture, Edit&& change) {
  FilterRules rules = m_document.rules();
  if (rule < 0 || static_cast<size_t>(rule) >= rules.rules.size()) {
    return;
  }
  change(rules.rules[static_cast<size_t>(rule)]);
  put(rules, gesture);
}

void DatasetsViewModel::setBound(int rule, const QString& end, double value) {
  setFocus(rule);
  edit(rule, QStringLiteral("bound %1 %2").arg(rule).arg(end), [&](FilterRule& any) {
    if (auto* range = std::get_if<ColumnRule>(&any)) {
      const double step = columnStyle(range->column).step;
      // Steps are decimal: 0.1 + 0.2 would leave 0.30000000000000004 in the file.
      const double rounded = std::round(value / step) / std::round(1 / step);
      setRangeEnd(*range, end == "low" ? RangeEnd::low : RangeEnd::high, step < 1 ? rounded : std::round(value));
    }
  });
}

void DatasetsViewModel::clearBound(int rule, const QString& end) {
  edit(rule, {}, [&](FilterRule& any) {
    auto* range = std::get_if<ColumnRule>(&any);
    const RangeEnd which = end == "low" ? RangeEnd::low : RangeEnd::high;
    // A rule without any bound would be refused: the last one stays.
    if (range != nullptr && rangeEnd(*range, which == RangeEnd::low ? RangeEnd::high : RangeEnd::low)) {
      clearRangeEnd(*range, which);
    }
  });
}

void DatasetsViewModel::setOn(int rule, bool on) {
  edit(rule, {}, [on](FilterRule& any) { std::visit([on](auto& one) { one.enabled = on; }, any); });
}

void DatasetsViewModel::setKeepsEmpty(int rule, bool keeps) {
  edit(rule, {},
       [keeps](FilterRule& any) { std::visit([keeps](auto& one) { one.nulls = keeps ? NullVerdict::keep : NullVerdict::drop; }, any); });
}

void DatasetsViewModel::setWords(int rule, const QString& words) {
  edit(rule, {}, [&](FilterRule& any) {
    if (auto* texts = std::get_if<ColumnRule>(&any)) {
      std::vector<std::string> list;
      for (const QString& word : words.split(',', Qt::SkipEmptyParts)) {
        if (!word.trimmed().isEmpty()) {
          list.push_back(word.trimmed().toStdString());
        }
      }
      const bool others = texts->pattern || texts->not_pattern || rangeEnd(*texts, RangeEnd::low) || rangeEnd(*texts, RangeEnd::high);
      if (!list.empty() || others) {
        texts->words = std::move(list);
      }
    }
  });
}

void DatasetsViewModel::setPattern(int rule, const QString& pattern, bool mustNot) {
  edit(rule, {}, [&](FilterRule& any) {
    if (auto* texts = std::get_if<ColumnRule>(&any)) {
      const std::optional<std::string> value = pattern.isEmpty() ? std::nullopt : std::optional(pattern.toStdString());
      const bool others = !texts->words.empty() || (mustNot ? texts->pattern : texts->not_pattern);
      if (value || others) {
        (mustNot ? texts->not_pattern : texts->pattern) = value;
      }
    }
  });
}

void DatasetsViewModel::addRule(const QString& key) {
  if (m_store) {
    FilterRules rules = m_document.rules();
    rules.rules.push_back(newRule(key, *m_store));
    m_focus = static_cast<int>(rules.rules.size()) - 1;
    put(rules, {});
  }
}

void DatasetsViewModel::removeRule(int rule) {
  FilterRules rules = m_document.rules();
  if (rule >= 0 && static_cast<size_t>(rule) < rules.rules.size()) {
    rules.rules.erase(rules.rules.begin() + rule);
    m_focus = std::clamp(m_focus > rule ? m_focus - 1 : m_focus, 0, std::max(0, static_cast<int>(rules.rules.size()) - 1));
    put(rules, {});
  }
}

void DatasetsViewModel::moveRule(int rule, int by) {
  FilterRules rules = m_document.rules();
  const int to = rule + by;
  if (rule >= 0 && to >= 0 && static_cast<size_t>(rule) < rules.rules.size() && static_cast<size_t>(to) < rules.rules.size() && by != 0) {
    const FilterRule moved = rules.rules[static_cast<size_t>(rule)];
    rules.rules.erase(rules.rules.begin() + rule);
    rules.rules.insert(rules.rules.begin() + to, moved);
    m_focus = to;
    put(rules, {});
  }
}

const WallItem* DatasetsViewModel::onAnyWall(double row) const {
  for (const WallModel* wall : walls()) {
    if (const WallItem* item = wall->itemAt(wall->indexOf(row)); item != nullptr && item->known) {
      return item;
    }
  }
  for (const WallModel* wall : walls()) {
    if (const WallItem* item = wall->known(row)) {
      return item;  // its verdict was turned a moment ago, and it left the list
    }
  }
  return nullptr;
}

void DatasetsViewModel::toggleOverride(double row) {
  const WallItem* item = onAnyWall(row);
  if (item == nullptr || item->name.isEmpty()) {
    return;
  }
  FilterRules rules = m_document.rules();
  const std::string name = item->name.toStdString();
  const size_t before = rules.keep.size() + rules.drop.size();
  std::erase(rules.keep, name);
  std::erase(rules.drop, name);
  if (rules.keep.size() + rules.drop.size() == before) {
    (item->kept ? rules.drop : rules.keep).push_back(name);
  }
  put(rules, {});
  showFacts();
}

void DatasetsViewModel::undo() {
  m_document.undo();
  turned();
}

void DatasetsViewModel::redo() {
  m_document.redo();
  turned();
}

void DatasetsViewModel::turned() {
  m_save.start();
  keepFocus();
  showFilters();
  showFacts();
  ask();
  emit rulesChanged();
}

void DatasetsViewModel::keepFocus() {
  m_focus = std::clamp(m_focus, 0, std::max(0, static_cast<int>(m_document.rules().rules.size()) - 1));
}

void DatasetsViewModel::saveNow() {
  m_save.stop();
  try {
    m_document.save();
  } catch (const std::exception& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
  m_pipeline->refresh();  // what was made by other rules is out of date
}

void DatasetsViewModel::showFilters() { m_filters->setRows(filterRows(m_document.rules(), m_store.get(), m_answer.get())); }

}  // namespace darkroom::app
