// SPDX-License-Identifier: Apache-2.0
// The list of runs: what was last seen of each run directory, so that a long list shows at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/metrics/run_status.h"
#include "core/store/database.h"

namespace darkroom {

/// Not thread-safe; the database must outlive it.
class RunTable {
 public:
  explicit RunTable(Database& database) : database_(database) {}

  /// Adds or replaces by the run's folder.
  void put(const RunStatus& status);
  std::optional<RunStatus> get(const std::string& folder) const;
  /// Newest first.
  std::vector<RunStatus> list() const;
  void remove(const std::string& folder);
  /// Replaces everything: how the index is rebuilt from the run directories.
  void rebuild(const std::vector<RunStatus>& statuses);

 private:
  Database& database_;
};

}  // namespace darkroom
