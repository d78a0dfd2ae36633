// SPDX-License-Identifier: Apache-2.0
// What a launcher tells a rank through environment variables: our supervisor, torchrun, or SLURM's srun.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace darkroom {

/// Where this process stands in its group.
struct RankPlace {
  int rank = 0;
  int local_rank = 0;  ///< on this machine; chooses the device
  int world_size = 1;
};

/// RANK, LOCAL_RANK and WORLD_SIZE of the environment, or else SLURM_PROCID, SLURM_LOCALID and SLURM_NTASKS of a job step with several
/// tasks; absent when there is neither.
/// throws  Error{usage} when they contradict each other or are not numbers
std::optional<RankPlace> rank_place_from_environment();

/// Ranks on this machine: LOCAL_WORLD_SIZE, or SLURM_NTASKS_PER_NODE, else all.
int local_world_size_from_environment(const RankPlace& place);

/// The store over TCP through which ranks of several machines meet.
struct MeetingPoint {
  std::string address;  ///< MASTER_ADDR
  uint16_t port = 0;    ///< MASTER_PORT
  bool served = false;  ///< torchrun's agent serves the store; else rank 0 does
  std::string prefix;   ///< of the keys: another one for each attempt of the launcher
};

/// Absent when MASTER_ADDR is not set or MASTER_PORT is 0, as our own supervisor sets it: then the ranks meet at a file.
/// throws  Error{usage} naming the variable that is missing or no number
std::optional<MeetingPoint> meeting_point_from_environment();

/// Whether the launcher starts this group once more after a failure (torchrun's restarts, SLURM's requeue): then a run that is there is
/// gone on with.
bool launched_again();

/// The address of this machine from which `address` is reached: where its ranks listen for the others. Nothing is sent.
/// throws  Error{io} naming the address that cannot be resolved or reached
std::string local_address_towards(const std::string& address, uint16_t port);

}  // namespace darkroom
