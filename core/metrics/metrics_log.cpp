// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/metrics_log.h"

#include <optional>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
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

}  // namespace

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
