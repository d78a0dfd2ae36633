// SPDX-License-Identifier: Apache-2.0
// From what was read to what is kept: the narrowest type, the codes of histograms, sorted words, the aspect ratio.
#pragma once

#include "core/columns/number_writer.h"
#include "core/columns/store_layout.h"
#include "core/columns/worker_pool.h"

namespace darkroom {

/// Makes of what was read the narrowest `<column>.numbers`, with `.exact` where it is needed, and `.bins`. Fills kind, exact, empty, min,
/// max and the view of `layout`, of which the column is read.
void finish_numbers(const std::filesystem::path& folder, NumberFiles& files, uint64_t rows, ColumnLayout& layout, WorkerPool& pool);

/// Puts the codes of `<column>.words` in the order of the sorted dictionary. Returns how many rows have no word.
uint64_t finish_words(const std::filesystem::path& folder, MetadataColumn column, uint64_t rows, const std::vector<std::string>& words,
                      std::vector<std::string>& dictionary, WorkerPool& pool);

/// Adds the column aspect where width and height are there.
void finish_aspect(const std::filesystem::path& folder, StoreLayout& layout, WorkerPool& pool);

}  // namespace darkroom
