// SPDX-License-Identifier: GPL-3.0-or-later
// Rules as rows of the page: what they are called, how they are stepped, and how an edit on the page changes them.
#pragma once

#include <QString>

#include "app/datasets/curation_worker.h"
#include "app/datasets/dataset_items.h"
#include "core/columns/column_store.h"
#include "core/filter/filter_rules.h"

namespace darkroom::app {

/// How a column is shown.
struct ColumnStyle {
  QString title;  ///< "Aesthetic score"
  QString unit;
  double step = 1;
  int decimals = 0;
};
ColumnStyle columnStyle(MetadataColumn column);

/// The rules as rows, with what the last answer says of them. `answer` may be null, or of earlier rules: what it says of a rule that has
/// kept its place stays until the next one comes.
QList<FilterItem> filterRows(const FilterRules& rules, const ColumnStore* store, const CurationAnswer* answer);

/// "Aesthetic score", for lists of reasons.
QString ruleTitle(const FilterRule& rule);

/// Rules that can be added to a source.
QList<NewRuleItem> newRules(const ColumnStore& store);
/// The rule that a key of newRules() stands for: a range that drops nothing yet, words that all pass, each value once.
FilterRule newRule(const QString& key, const ColumnStore& store);

/// What a source begins with: the source run's rules about the columns that it has, where it is metadata with scores; else gentle ones.
FilterRules standardRules(const ColumnStore& store);

/// Which end of a range.
enum class RangeEnd { low, high };
/// Moves an end; an end that is not there is set (inclusive). The other end is moved along when it would cross.
void setRangeEnd(ColumnRule& rule, RangeEnd end, double value);
void clearRangeEnd(ColumnRule& rule, RangeEnd end);
std::optional<double> rangeEnd(const ColumnRule& rule, RangeEnd end);

}  // namespace darkroom::app
