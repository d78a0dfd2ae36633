// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/datasets/source_record.h"

namespace darkroom::app {

/// Writes dropFile() of a source from what its stages have made: the pictures of its shards that are not among the rows that `data filter`
/// kept, and what `data dedup` drops, where it ran. Metadata was filtered before it was downloaded: of its shards only duplicates go.
///
/// Goes through the headers of all shards: not for the window's thread.
/// throws  Error{io | bad_input} naming the file
void writeDropList(const SourceRecord& source);

}  // namespace darkroom::app
