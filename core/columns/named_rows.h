// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/columns/column_store.h"
#include "core/columns/worker_pool.h"

namespace darkroom {

/// Rows whose URL or key is one of `names`, ascending.
std::vector<uint64_t> rows_named(const ColumnStore& store, const std::vector<std::string>& names, WorkerPool& pool);

}  // namespace darkroom
