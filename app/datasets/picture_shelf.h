// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "app/datasets/source_record.h"
#include "core/columns/column_store.h"
#include "core/dataset/tar_source.h"
#include "core/pipeline/picture_index.h"

namespace darkroom::app {

/// Where the pictures of the open source lie, as far as they are on this computer, and small pictures that were made of them. Thread-safe;
/// reading and decoding happen in the thread that asks.
class PictureShelf {
 public:
  /// Another source: what was known is forgotten. Reads the list of downloaded shards, where there are any.
  void open(const SourceRecord& source, std::shared_ptr<const ColumnStore> store);
  void close();
  /// Changes with the source; part of a picture's address, so that none is shown for another source's row.
  int generation() const;
  /// Rows may have a picture here at all: of metadata that was not downloaded none has.
  bool hasPictures() const;

  /// A picture no larger than `longest` on a side, scaled down by area; 0: as it is.
  /// throws  Error{not_found} for a row whose picture is not here; Error{bad_input} for one that cannot be decoded
  QImage picture(int generation, uint64_t row, int longest) const;
  /// By the name that a row has from tokenising on: "<shard's file name>::<sample key>".
  QImage shardPicture(const QString& imageKey, int longest) const;

 private:
  struct Shelf;
  std::shared_ptr<const Shelf> shelf(int generation) const;

  mutable std::mutex m_mutex;
  std::shared_ptr<Shelf> m_shelf;
  int m_generation = 0;
  mutable std::list<std::pair<QString, QImage>> m_made;  ///< newest first
  mutable std::unordered_map<std::string, std::list<std::pair<QString, QImage>>::iterator> m_byName;
};

}  // namespace darkroom::app
