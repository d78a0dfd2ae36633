// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/metrics_log.h"

#include <fstream>
#include <string>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/log.h"

namespace darkroom {
namespace {

std::optional<StepReport> readable(std::string_view line) {
  try {
    return step_report_from_json_line(line);
  } catch (const Error&) {
    return std::nullopt;
  }
}

struct PlacedRow {
  StepReport report;
  std::streamoff begin = 0;
  std::streamoff end = 0;  ///< of its line, the line break included
};

// The first row whose line begins at `from` or later, and before `end`.
std::optional<PlacedRow> row_from(std::ifstream& file, std::streamoff from, std::streamoff end) {
  file.clear();
  std::string line;
  std::streamoff begin = from;
  if (from > 0) {
    // From the byte before: a line that begins right here is whole.
    file.seekg(from - 1);
    std::getline(file, line);
    begin = from + static_cast<std::streamoff>(line.size());
  } else {
    file.seekg(0);
  }
  while (begin < end && std::getline(file, line)) {
    const std::streamoff next = begin + static_cast<std::streamoff>(line.size()) + 1;
    if (const auto report = readable(line)) {
      return PlacedRow{*report, begin, next};
    }
    begin = next;
  }
  return std::nullopt;
}

}  // namespace

std::optional<StepReport> read_metrics_of(const std::filesystem::path& path, int64_t step) {
  if (!std::filesystem::exists(path)) {
    return std::nullopt;
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    fail(ErrorCode::io, "{}: cannot be read", path.string());
  }
  // A row of `step` begins in [low, high).
  std::streamoff low = 0;
  auto high = static_cast<std::streamoff>(std::filesystem::file_size(path));
  while (low < high) {
    const std::streamoff middle = low + (high - low) / 2;
    const std::optional<PlacedRow> row = row_from(file, middle, high);
    if (!row || row->report.step > step) {
      high = middle;
    } else if (row->report.step < step) {
      low = row->end;
    } else {
      return row->report;
    }
  }
  return std::nullopt;
}

int64_t drop_metrics_after(const std::filesystem::path& path, int64_t step) {
  if (!std::filesystem::exists(path)) {
    return 0;
  }
  const std::string text = read_file(path);
  std::string kept;
  kept.reserve(text.size());
  int64_t dropped = 0;
  for (size_t start = 0; start < text.size();) {
    const size_t line_break = std::min(text.find('\n', start), text.size());
    const std::string_view line = std::string_view(text).substr(start, line_break - start);
    start = line_break + 1;
    if (line.empty()) {
      continue;
    }
    if (const auto report = readable(line); report && report->step <= step) {
      kept.append(line).push_back('\n');
    } else {
      ++dropped;
    }
  }
  if (dropped > 0) {
    write_file_atomically(path, kept);
  }
  return dropped;
}

MetricsTail::MetricsTail(std::filesystem::path path, int64_t first_row) : lines_(std::move(path)), first_row_(first_row) {}

MetricsTail MetricsTail::newest(std::filesystem::path path, uint64_t bytes) { return MetricsTail(JsonLinesTail(std::move(path), bytes)); }

MetricsTail::Batch MetricsTail::poll(size_t max_bytes) {
  Batch batch = read_on(max_bytes);
  while (next_row_ < first_row_ && batch.more) {
    batch = read_on(max_bytes);  // rows that the reader has are passed over at once
  }
  if (next_row_ > 0 && next_row_ < first_row_) {
    lines_.rewind();
    next_row_ = 0;
    first_row_ = 0;
    batch = read_on(max_bytes);
    batch.restarted = true;
  }
  return batch;
}

MetricsTail::Batch MetricsTail::read_on(size_t max_bytes) {
  JsonLinesTail::Lines lines = lines_.poll(max_bytes);
  Batch batch;
  batch.restarted = lines.restarted;
  batch.more = lines.more;
  if (lines.restarted) {
    next_row_ = 0;
    first_row_ = 0;
  }
  batch.first_row = std::max(next_row_, first_row_);
  for (const std::string& line : lines.lines) {
    const auto report = readable(line);
    if (!report) {
      log().warn("metrics: passed over a line that cannot be read ({} bytes)", line.size());
      continue;
    }
    if (next_row_ >= first_row_) {
      batch.rows.push_back(*report);
    }
    ++next_row_;
  }
  return batch;
}

}  // namespace darkroom
