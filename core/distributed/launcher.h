// SPDX-License-Identifier: Apache-2.0
// Starts one process a rank, watches them, and ends the group when one dies.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/distributed/heartbeat.h"

namespace darkroom {

struct LaunchOptions {
  std::filesystem::path program;       ///< usually executable_path()
  std::vector<std::string> arguments;  ///< without the program's name
  int world_size = 1;
  std::filesystem::path log_folder;  ///< rank_N.log is appended there
  std::map<std::string, std::string>
      environment;       ///< added to this process's own, besides RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT
  double grace_s = 30;   ///< between SIGTERM and SIGKILL when the group is ended: rank 0 may have to write a checkpoint
  double silence_s = 0;  ///< a rank that is not heard for so long hangs, and is ended; 0: never
};

/// How one rank ended.
struct RankExit {
  int rank = 0;
  pid_t pid = 0;
  std::optional<int> exit_code;  ///< absent when a signal ended it
  std::optional<int> signal;
  std::optional<double> silent_s;  ///< it was ended because it had not been heard for so long
  std::string state;               ///< of a silent one, as the kernel calls it: "T (stopped)"
  std::string last_log_lines;      ///< of its log, at most ten

  /// Done, or interrupted with the state saved.
  bool well() const { return exit_code == 0 || exit_code == 4; }
  /// Worth starting the group again: it was killed, hung or lost the others, and did not end with an error of its own.
  bool by_accident() const;
  /// "rank 1 (pid 4711) was killed by signal 9 (Killed)"
  std::string reason() const;
};

/// Exit code of a rank that ended because another one did: it is never named as the culprit when there is another.
inline constexpr int exit_lost_peers = 75;

/// The running ranks. Not thread-safe. The destructor ends what still runs.
class RankGroup {
 public:
  /// throws  Error{io} naming the program or the log file that cannot be used; started ranks are ended first
  explicit RankGroup(LaunchOptions options);
  ~RankGroup();
  RankGroup(const RankGroup&) = delete;
  RankGroup& operator=(const RankGroup&) = delete;

  /// Collects ranks that have ended since the last call, and ends the one that is silent; never blocks. When one ended badly the others get
  /// SIGTERM at once, and SIGKILL after the grace time (by later calls).
  void poll();
  bool running() const;
  /// The rank that ended badly first, when there is one.
  const std::optional<RankExit>& culprit() const { return culprit_; }
  const std::vector<RankExit>& exits() const { return exits_; }
  std::vector<pid_t> pids() const;
  /// SIGTERM to all, once: a rank that handles it saves and ends by itself.
  void ask_to_stop();
  /// SIGTERM to all, SIGKILL after the grace time; returns when none is left.
  void end();

 private:
  struct Rank {
    pid_t pid = 0;
    bool running = false;
    std::optional<Heartbeat> heartbeat;
    std::optional<double> silent_s;
    std::string state;
  };
  void start(int rank);
  void listen();
  void collect(std::vector<RankExit>& ended);
  void signal_all(int signal_number);

  LaunchOptions options_;
  std::vector<Rank> ranks_;
  std::vector<RankExit> exits_;
  std::optional<RankExit> culprit_;
  std::optional<double> kill_at_s_;
  bool asked_to_stop_ = false;
  int lifeline_read_ = -1;   ///< inherited by the ranks
  int lifeline_write_ = -1;  ///< held here alone: closes when this process dies
};

/// In a rank: lets the supervisor hear it, and ends this process with SIGKILL's finality when the supervisor that started it is gone (its
/// end of the lifeline closes).
/// Nothing happens in a process that no RankGroup started.
void follow_supervisor();

}  // namespace darkroom
