// SPDX-License-Identifier: Apache-2.0
// What other programs wrote down of a training, for laying it over one of ours: TensorBoard folders and Weights & Biases runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace darkroom {

/// One tag: steps strictly ascending, values finite.
struct LoggedSeries {
  std::vector<int64_t> step;
  std::vector<double> time_s;  ///< wall clock, s since 1970; 0 where the log does not say
  std::vector<double> value;

  /// A run that went back and wrote a step again means the later line: earlier entries at and after the step leave.
  void add(int64_t at_step, double at_time_s, double with_value);
};

struct LoggedRun {
  std::string name;              ///< the run's own where it has one, else the folder's path below the one that was read
  std::filesystem::path folder;  ///< where its files lie
  Json config;                   ///< what the run was told (Weights & Biases); null where the log has none
  std::map<std::string, LoggedSeries> series;
};

/// Files below `folder` (six levels deep at most) that belong to a log, with what tells whether one has grown.
struct LogFile {
  std::filesystem::path path;
  uint64_t bytes = 0;
  bool operator==(const LogFile&) const = default;
};
std::vector<LogFile> find_log_files(const std::filesystem::path& folder);

/// Reads every run below `folder`: a folder with files `*tfevents*` is one, and so is a `.wandb` file. Launches of one Weights & Biases run
/// (the same id) are put together. In the order of their paths.
/// throws  Error{not_found} where there is no such file, Error{io | bad_input} naming file and offset
std::vector<LoggedRun> read_logged_runs(const std::filesystem::path& folder);

}  // namespace darkroom
