// SPDX-License-Identifier: Apache-2.0
// From what was read to what is kept: the narrowest type, the codes of histograms, sorted words, the aspect ratio.
#pragma once

#include "core/columns/store_layout.h"
#include "core/columns/worker_pool.h"

namespace darkroom {

/// The type in which numbers of a column are first written, to `<column>.stage`.
enum class StageKind { f32, i32, f64 };
size_t stage_bytes(StageKind kind);

/// Makes `<column>.numbers`, `.bins` and where it is needed `.exact` of `<column>.stage`, which goes. Fills kind, exact, empty, min, max
/// and the view of `layout`, of which the column is read.
void finish_numbers(const std::filesystem::path& folder, StageKind stage, uint64_t rows, ColumnLayout& layout, WorkerPool& pool);

/// Puts the codes of `<column>.words` in the order of the sorted dictionary. Returns how many rows have no word.
uint64_t finish_words(const std::filesystem::path& folder, MetadataColumn column, uint64_t rows, const std::vector<std::string>& words,
                      std::vector<std::string>& dictionary, WorkerPool& pool);

/// Adds the column aspect where width and height are there.
void finish_aspect(const std::filesystem::path& folder, StoreLayout& layout, WorkerPool& pool);

}  // namespace darkroom
