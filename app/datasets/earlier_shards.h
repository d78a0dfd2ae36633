// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of a download that was begun with other rules: kept until the new download has taken over what it can use.
#pragma once

#include <QStringList>

#include "app/datasets/source_record.h"

namespace darkroom::app {

/// Moves the shards of a source out of the way: beside them where the next download can use their pictures, else away for good. Returns
/// what went wrong, or an empty text.
QString setShardsAside(const SourceRecord& source);

/// What `data download` is told of them: --reuse FOLDER for each.
QStringList reuseArguments(const SourceRecord& source);

/// Deletes them, on another thread: there may be millions of files.
void removeEarlierShards(const SourceRecord& source);

}  // namespace darkroom::app
