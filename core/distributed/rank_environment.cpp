// SPDX-License-Identifier: Apache-2.0
// Names of torch.distributed's environment: https://docs.pytorch.org/docs/stable/elastic/run.html#environment-variables
#include "core/distributed/rank_environment.h"

#include <cstdlib>

#include "core/base/format.h"

namespace darkroom {
namespace {

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::string() : text;
}

std::optional<int> number(const char* name) {
  const std::string text = variable(name);
  if (text.empty()) {
    return std::nullopt;
  }
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (*end != '\0' || value < 0 || value > 65535) {
    fail(ErrorCode::usage, "The environment variable {} must be a whole number from 0, got \"{}\"", name, text);
  }
  return static_cast<int>(value);
}

RankPlace checked(const RankPlace& place, const char* rank, const char* world_size) {
  if (place.world_size < 1 || place.rank >= place.world_size) {
    fail(ErrorCode::usage, "{} is {} but {} is {}: ranks count from 0 to {} - 1", rank, place.rank, world_size, place.world_size,
         world_size);
  }
  return place;
}

}  // namespace

std::optional<RankPlace> rank_place_from_environment() {
  if (const std::optional<int> rank = number("RANK")) {
    return checked({.rank = *rank, .local_rank = number("LOCAL_RANK").value_or(*rank), .world_size = number("WORLD_SIZE").value_or(1)},
                   "RANK", "WORLD_SIZE");
  }
  // One task alone is a shell of salloc or srun, in which our own supervisor is at home.
  const std::optional<int> rank = number("SLURM_PROCID");
  const int tasks = number("SLURM_STEP_NUM_TASKS").value_or(number("SLURM_NTASKS").value_or(1));
  if (!rank || tasks < 2) {
    return std::nullopt;
  }
  return checked({.rank = *rank, .local_rank = number("SLURM_LOCALID").value_or(*rank), .world_size = tasks}, "SLURM_PROCID",
                 "SLURM_NTASKS");
}

int local_world_size_from_environment(const RankPlace& place) {
  if (const std::optional<int> ranks = number("LOCAL_WORLD_SIZE")) {
    return *ranks;
  }
  // "4" or "4(x2)"
  const int tasks = std::atoi(variable("SLURM_NTASKS_PER_NODE").c_str());
  return tasks > 0 ? tasks : place.world_size;
}

std::optional<MeetingPoint> meeting_point_from_environment() {
  MeetingPoint point{.address = variable("MASTER_ADDR"), .served = variable("TORCHELASTIC_USE_AGENT_STORE") == "True", .prefix = {}};
  if (point.address.empty()) {
    return std::nullopt;
  }
  const std::optional<int> port = number("MASTER_PORT");
  if (!port) {
    fail(ErrorCode::usage, "MASTER_ADDR is {}, but MASTER_PORT is not set: give a free port of that machine", point.address);
  }
  if (*port == 0) {
    return std::nullopt;
  }
  point.port = static_cast<uint16_t>(*port);
  point.prefix = format("darkroom/{}.{}", variable("TORCHELASTIC_RESTART_COUNT"), variable("SLURM_RESTART_COUNT"));
  return point;
}

bool launched_again() { return number("TORCHELASTIC_RESTART_COUNT").value_or(0) > 0 || number("SLURM_RESTART_COUNT").value_or(0) > 0; }

}  // namespace darkroom
