// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/columns/column_store.h"
#include "core/filter/filter_rules.h"

namespace darkroom {

/// throws  as Crossfilter::set_rules, for rules that cannot be applied to the files of a store
void check_rules(const ColumnStore& store, const FilterRules& rules);

}  // namespace darkroom
