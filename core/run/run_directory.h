// SPDX-License-Identifier: Apache-2.0
// A training run on disk. The directory is the truth: whatever the studio, the index or the protocol say is derived from it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/metrics/run_status.h"
#include "core/plan/training_plan.h"

namespace darkroom {

/// Where a run branched off.
struct RunParent {
  std::string run;         ///< id of the other run; empty for a file of the source run
  std::string checkpoint;  ///< its checkpoint's folder name: "step_0001500"; of the source run: the file
  bool operator==(const RunParent&) const = default;
};

/// The parent of a run that starts from `init_from`: absent for fresh weights and for a model that is no checkpoint.
/// throws  Error{bad_input} for a checkpoint whose meta.json cannot be read
std::optional<RunParent> run_parent_of(const std::filesystem::path& init_from);

/// run.json
struct RunInfo {
  std::string id;      ///< 8 letters and digits, unique enough for one person
  std::string name;    ///< the plan's, or what the user calls it
  double created = 0;  ///< s since 1970
  std::optional<RunParent> parent;
  std::string plan_hash;
  std::string engine_version;
};

/// A complete checkpoint: a folder step_N with meta.json.
struct CheckpointInfo {
  int64_t step = 0;
  std::filesystem::path folder;
  /// throws  Error{io | bad_input}
  Json meta() const;
};

/// Paths and small files of one run. Cheap to copy; every call looks at the disk anew. Thread-safe.
class RunDirectory {
 public:
  /// Makes the folder with run.json, plan.json (all paths of `plan` must be resolved) and the sub-folders.
  /// throws  Error{bad_input} when there is a run already, or the folder has other content; Error{io}
  static RunDirectory create(const std::filesystem::path& folder, const TrainingPlan& plan, const std::string& name,
                             const std::string& engine_version, const std::optional<RunParent>& parent = std::nullopt);
  /// throws  Error{not_found} when there is no run.json, Error{bad_input} when it cannot be understood
  static RunDirectory open(const std::filesystem::path& folder);
  static bool is_run(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }  ///< absolute
  const RunInfo& info() const { return info_; }
  /// throws  Error{bad_input | not_found}
  TrainingPlan plan() const;

  std::filesystem::path run_file() const { return folder_ / "run.json"; }
  std::filesystem::path plan_file() const { return folder_ / "plan.json"; }
  std::filesystem::path journal_file() const { return folder_ / "journal.jsonl"; }
  std::filesystem::path metrics_file() const { return folder_ / "metrics.jsonl"; }
  std::filesystem::path devices_file() const { return folder_ / "devices.jsonl"; }
  std::filesystem::path lock_file() const { return folder_ / "lock"; }
  std::filesystem::path log_folder() const { return folder_ / "log"; }
  std::filesystem::path rank_log(int rank) const;
  std::filesystem::path events_folder() const { return folder_ / "events"; }
  std::filesystem::path wandb_folder() const { return folder_ / "wandb"; }
  std::filesystem::path samples_folder() const { return folder_ / "samples"; }
  std::filesystem::path samples_of(int64_t step) const { return samples_folder() / step_name(step); }
  std::filesystem::path checkpoints_folder() const { return folder_ / "checkpoints"; }
  std::filesystem::path checkpoint_of(int64_t step) const { return checkpoints_folder() / step_name(step); }
  std::filesystem::path requests_folder() const { return folder_ / "requests"; }

  /// "step_0001500"
  static std::string step_name(int64_t step);
  /// The inverse; absent for another name.
  static std::optional<int64_t> step_of_name(std::string_view name);

  /// Complete checkpoints, oldest first. A folder without meta.json is not one.
  std::vector<CheckpointInfo> checkpoints() const;
  std::optional<CheckpointInfo> newest_checkpoint() const;
  /// Steps that have sample pictures, in order, with their PNG files in name order.
  struct StepSamples {
    int64_t step = 0;
    std::vector<std::filesystem::path> files;
  };
  std::vector<StepSamples> samples() const;

  /// What lies under checkpoints/ and is no complete checkpoint (*.partial, .trash, folders without meta.json).
  std::vector<std::filesystem::path> leftovers() const;
  /// Removes them; only the holder of the lock may. Returns what was removed, for the log and the journal. throws Error{io}
  std::vector<std::filesystem::path> remove_leftovers() const;

  /// Where the run stands now: from the lock, the journal and the last rows of metrics.jsonl. Reads no more than the tails of files.
  RunStatus status() const;

 private:
  RunDirectory(std::filesystem::path folder, RunInfo info) : folder_(std::move(folder)), info_(std::move(info)) {}

  std::filesystem::path folder_;
  RunInfo info_;
};

/// All runs directly below `folder`, newest first; folders that are no runs, or cannot be understood, are left out.
std::vector<RunDirectory> find_runs(const std::filesystem::path& folder);

}  // namespace darkroom
