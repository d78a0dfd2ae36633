// SPDX-License-Identifier: Apache-2.0
// The gallery: one row an image file of the workspace.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/store/database.h"

namespace darkroom {

struct ImageRow {
  int64_t id = 0;      ///< given by the table
  std::string path;    ///< relative to the workspace; unique
  double created = 0;  ///< s since 1970
  std::string prompt;
  std::string negative;
  std::string options_json;  ///< GenerateOptions as used
  int64_t seed = 0;
  int64_t width = 0;
  int64_t height = 0;
  std::string model;     ///< as asked for: "pocket", a path
  int64_t rating = 0;    ///< 0 none, 1 to 5
  bool deleted = false;  ///< hidden, can be undone; the file is removed later
};

/// What a gallery shows; all given conditions hold.
struct ImageQuery {
  std::string words;  ///< every word stands somewhere in the prompt (no wildcards)
  std::string model;  ///< empty: any
  int64_t min_rating = 0;
  std::optional<double> created_from;  ///< s since 1970, inclusive
  std::optional<double> created_to;    ///< exclusive
  bool deleted = false;                ///< the bin instead of the gallery
  int64_t limit = 200;
  int64_t offset = 0;
};

/// Not thread-safe; the database must outlive it.
class ImageTable {
 public:
  explicit ImageTable(Database& database) : database_(database) {}

  /// Adds, or replaces the row with the same path (rating and deletion are kept then). Returns its id.
  int64_t put(const ImageRow& row);
  std::optional<ImageRow> get(int64_t id) const;
  std::optional<ImageRow> find_path(const std::string& path) const;
  /// Of every row, deleted ones too.
  std::vector<std::string> paths() const;
  /// Newest first.
  std::vector<ImageRow> list(const ImageQuery& query = {}) const;
  int64_t count(const ImageQuery& query = {}) const;
  /// throws  std::invalid_argument: rating outside 0 … 5
  void set_rating(int64_t id, int64_t rating);
  void set_deleted(int64_t id, bool deleted);
  /// Forgets the row for good.
  void remove(int64_t id);
  /// Prompts that were used, newest first, each once.
  std::vector<std::string> recent_prompts(int64_t limit = 50) const;
  /// Models that images were made with, by name.
  std::vector<std::string> models() const;

 private:
  Database& database_;
};

}  // namespace darkroom
