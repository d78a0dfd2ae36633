// SPDX-License-Identifier: Apache-2.0
// Ranks as threads of one process, over the real Gloo.
#pragma once

#include <ATen/Parallel.h>

#include <QTemporaryDir>
#include <future>
#include <vector>

#include "core/distributed/process_group.h"

namespace darkroom::test {

/// A rank that meets the others at a file of `folder`.
inline ProcessGroupOptions rank_options(const QTemporaryDir& folder, int rank, int world_size,
                                        std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
  return {.place = {.rank = rank, .local_rank = rank, .world_size = world_size},
          .store_file = std::filesystem::path(folder.path().toStdString()) / "store",
          .timeout = timeout};
}

/// Calls `work(group)` for each rank on a thread of its own; what they returned, by rank. The first exception is thrown on, when all have
/// ended. No QVERIFY in `work`: Qt Test counts on the main thread alone.
template <typename Work>
auto on_ranks(int world_size, const Work& work) {
  const QTemporaryDir folder;
  std::vector<std::future<std::invoke_result_t<Work, ProcessGroup&>>> ranks;
  for (int rank = 0; rank < world_size; ++rank) {
    ranks.push_back(std::async(std::launch::async, [&folder, &work, rank, world_size] {
      at::set_num_threads(1);  // sums of tiny layers; the ranks share the processor
      const auto group = join_process_group(rank_options(folder, rank, world_size));
      group->barrier();  // a rank with little to do may not leave while the others still connect to it
      return work(*group);
    }));
  }
  std::vector<std::invoke_result_t<Work, ProcessGroup&>> results;
  for (auto& rank : ranks) {
    results.push_back(rank.get());
  }
  return results;
}

}  // namespace darkroom::test
