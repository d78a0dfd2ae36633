// SPDX-License-Identifier: Apache-2.0
// Weights & Biases records, through files alone: nothing here opens a connection.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/metrics/step_report.h"

namespace darkroom {

/// What Weights & Biases is told about a run at its start.
struct WandbRun {
  std::string id;  ///< 8 letters and digits; launches with one id are one run
  std::string project = "darkroom";
  std::string name;
  Json config = Json::object();  ///< the plan; its members are listed one by one
  std::string engine_version;
  int64_t starting_step = 0;  ///< of a launch that goes on: steps that are there already
};

/// Writes an offline run, `<folder>/offline-run-<time>-<id>/run-<id>.wandb`, as `wandb sync` and `wandb leet` read it. Every record reaches
/// the kernel at once. Not thread-safe.
///
/// source  formats: a 7-byte head, then LevelDB's log framing with plain CRC-32 over records of wandb_internal.proto
class WandbWriter {
 public:
  /// Makes the run's folder and the link `<folder>/latest-run`. throws Error{io}
  WandbWriter(const std::filesystem::path& folder, const WandbRun& run);
  ~WandbWriter();
  WandbWriter(const WandbWriter&) = delete;
  WandbWriter& operator=(const WandbWriter&) = delete;

  /// All measured metrics of a step, under the tags of metric_definitions. throws Error{io}
  void report(const StepReport& report);
  /// Copies the PNG into the run's media; its record is one with the step's report, if that comes next. throws Error{io}
  void image(std::string_view tag, int64_t step, double wall_time_s, int width, int height, std::string_view png);
  /// The last record of a launch: 0 when it ended as it should. throws Error{io}
  void finish(int exit_code);
  /// To the disk. throws Error{io}
  void sync();

  /// Of this launch: what `wandb sync` is given.
  const std::filesystem::path& run_folder() const { return run_folder_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  struct Item {
    std::vector<std::string> keys;  ///< nested
    std::string value_json;
  };

  void add(int64_t step, double wall_time_s, std::vector<Item> items);
  void write_history();
  void write_record(const std::string& body);
  void write_chunks(std::string_view payload);

  std::filesystem::path run_folder_;
  std::filesystem::path path_;
  int fd_ = -1;
  int64_t records_ = 0;
  size_t offset_ = 0;          ///< of the file
  double started_s_;           ///< monotonic: how long the run took must not jump with the clock
  std::vector<Item> pending_;  ///< of pending_step_, not yet written
  int64_t pending_step_ = 0;
  double pending_time_s_ = 0;
  double pending_runtime_s_ = 0;
};

/// Records of a .wandb file in order, as protobuf payloads; stops at a torn last one.
/// throws  Error{not_found | io}, Error{bad_input} naming file and offset: no such file, or a chunk whose checksum is wrong
std::vector<std::string> read_wandb_records(const std::filesystem::path& path);

}  // namespace darkroom
