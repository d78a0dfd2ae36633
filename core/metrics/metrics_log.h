// SPDX-License-Identifier: Apache-2.0
// metrics.jsonl: the truth about a run's steps. One writer, any number of readers, none of which the writer waits for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/metrics/json_lines.h"
#include "core/metrics/step_report.h"

namespace darkroom {

/// Removes the rows of steps after `step` (and a torn or unreadable line) by rewriting the file in one atomic step, so that a run which
/// goes on from an earlier checkpoint never has a step twice. Call before MetricsLog is opened; the caller journals it.
///
/// returns  rows removed; 0 leaves the file untouched (also when it is not there)
/// throws   Error{io}
int64_t drop_metrics_after(const std::filesystem::path& path, int64_t step);

/// The row of a step, or nothing where the file has none. Reads some twenty places of the file, however long it is: steps ascend in it.
/// Lines that cannot be read are passed over.
///
/// throws  Error{io}
std::optional<StepReport> read_metrics_of(const std::filesystem::path& path, int64_t step);

/// Appends a line a step; a reader sees it at once. Not thread-safe.
class MetricsLog {
 public:
  explicit MetricsLog(std::filesystem::path path) : lines_(std::move(path)) {}
  /// throws Error{io}
  void append(const StepReport& report) { lines_.append(to_json_line(report)); }
  /// To the disk; called at checkpoints. throws Error{io}
  void sync() { lines_.sync(); }

 private:
  JsonLinesAppender lines_;
};

/// Replays and follows metrics.jsonl. Rows are numbered from 0 in file order. Not thread-safe.
class MetricsTail {
 public:
  /// `first_row`: rows before it are read and left out, so that a reader which kept them goes on where it was. When there are fewer rows
  /// than that (the run went back to a checkpoint meanwhile) the first poll says restarted; a run that also caught up again cannot be told
  /// apart.
  explicit MetricsTail(std::filesystem::path path, int64_t first_row = 0);

  /// Of a file that is there, only the rows that begin in its last `bytes`, and what is added to it: rows count from there.
  static MetricsTail newest(std::filesystem::path path, uint64_t bytes);

  struct Batch {
    bool restarted = false;  ///< rows were taken back (the run went on from a checkpoint): drop all, these start at row 0
    int64_t first_row = 0;   ///< number of rows[0]
    std::vector<StepReport> rows;
    bool more = false;  ///< there is more to read: poll again at once
  };

  /// New rows since the last poll; lines that cannot be read are passed over (and keep no number). throws Error{io}
  Batch poll(size_t max_bytes = size_t{1} << 20);
  int64_t next_row() const { return next_row_; }

 private:
  explicit MetricsTail(JsonLinesTail lines) : lines_(std::move(lines)), first_row_(0) {}
  Batch read_on(size_t max_bytes);

  JsonLinesTail lines_;
  int64_t first_row_;
  int64_t next_row_ = 0;
};

}  // namespace darkroom
