// SPDX-License-Identifier: Apache-2.0
// What is known of a shard's rows before the shard is whole: a line a row that has ended, and the pictures' bytes beside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

enum class RowStatus { success, failed_to_download, failed_to_resize };
std::string_view row_status_name(RowStatus status);
std::optional<RowStatus> row_status_named(std::string_view name);

/// How a row ended.
struct RowOutcome {
  RowStatus status = RowStatus::success;
  std::string error;   ///< the words that are counted; empty for a success
  std::string detail;  ///< what exactly, where that is known
  int width = 0;       ///< of the picture in the shard, px
  int height = 0;
  int original_width = 0;
  int original_height = 0;
  std::string exif;  ///< JSON
  std::string hash;  ///< of the file as it came, hex
};

/// <folder>/<shard>.journal and <shard>.pictures. Rows may end in any order; a killed process loses at most the row that it was writing,
/// which then is downloaded again. Not thread-safe.
class ShardJournal {
 public:
  /// Goes on with what is there: lines are read up to a torn one, pictures are compared with their hashes.
  /// rows  of the shard; a journal of another number of rows is begun anew
  /// throws  Error{io}
  ShardJournal(const std::filesystem::path& folder, const std::string& shard, uint64_t rows);

  uint64_t rows() const { return entries_.size(); }
  uint64_t recorded() const { return recorded_; }
  /// Nothing while the row has not ended.
  const RowOutcome* outcome(uint64_t row) const;
  /// bytes  of a success's picture; empty otherwise. A row that has ended is not recorded again. throws Error{io}
  void record(uint64_t row, const RowOutcome& outcome, std::string_view bytes);
  /// The picture of a success. throws Error{io}
  std::string picture(uint64_t row);
  /// Closes both files and names them after another shard of the folder, in the place of what has that name. Last. throws Error{io}
  void rename_to(const std::string& shard);
  /// Closes and deletes both files. Last.
  void remove();

 private:
  struct Entry {
    std::optional<RowOutcome> outcome;
    uint64_t at = 0;
    uint64_t bytes = 0;
  };
  uint64_t load();
  void open(uint64_t journal_bytes, uint64_t picture_bytes);
  void close();

  std::filesystem::path journal_;
  std::filesystem::path pictures_;
  std::vector<Entry> entries_;
  uint64_t recorded_ = 0;
  uint64_t picture_bytes_ = 0;
  std::ofstream lines_;
  std::ofstream bodies_;
  std::ifstream reader_;
};

}  // namespace darkroom
