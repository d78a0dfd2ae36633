// SPDX-License-Identifier: Apache-2.0
// A rank must not outlive its supervisor, not even one that was killed with SIGKILL: the supervisor holds the write end of a pipe, each
// rank reads the other end, and end-of-file is the news. (PR_SET_PDEATHSIG would follow the starting thread, and is Linux alone.)
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include "core/base/format.h"
#include "core/base/progress.h"
#include "core/distributed/launcher.h"

extern char** environ;

namespace darkroom {
namespace {

constexpr const char* lifeline_variable = "DARKROOM_LIFELINE_FD";
constexpr const char* heartbeat_variable = "DARKROOM_HEARTBEAT_FD";
constexpr int lifeline_in_rank = 3;
constexpr int heartbeat_in_rank = 4;
constexpr size_t last_lines = 10;

std::filesystem::path log_file(const LaunchOptions& options, int rank) { return options.log_folder / format("rank_{}.log", rank); }

std::string last_lines_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) {
    return {};
  }
  constexpr std::streamoff tail = 4096;
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - tail));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
  }
  if (size > tail && !lines.empty()) {
    lines.erase(lines.begin());  // cut in the middle
  }
  const size_t skip = lines.size() > last_lines ? lines.size() - last_lines : 0;
  return format("{}", fmt::join(lines.begin() + static_cast<std::ptrdiff_t>(skip), lines.end(), "\n"));
}

std::vector<std::string> environment_of(const LaunchOptions& options, int rank) {
  std::map<std::string, std::string> variables = options.environment;
  variables["RANK"] = std::to_string(rank);
  variables["LOCAL_RANK"] = std::to_string(rank);
  variables["WORLD_SIZE"] = std::to_string(options.world_size);
  variables["LOCAL_WORLD_SIZE"] = std::to_string(options.world_size);
  variables["MASTER_ADDR"] = "127.0.0.1";
  variables["MASTER_PORT"] = "0";  // the meeting is a file store; no port is opened
  variables[lifeline_variable] = std::to_string(lifeline_in_rank);
  variables[heartbeat_variable] = std::to_string(heartbeat_in_rank);
  std::vector<std::string> lines;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string line(*entry);
    if (!variables.contains(line.substr(0, line.find('=')))) {
      lines.push_back(line);
    }
  }
  for (const auto& [name, value] : variables) {
    lines.push_back(format("{}={}", name, value));
  }
  return lines;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

// The word after "State:" in /proc: "T (stopped)"; empty where there is no /proc.
std::string kernel_state(pid_t pid) {
  std::ifstream file(format("/proc/{}/status", pid));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("State:")) {
      const size_t begin = line.find_first_not_of(" \t", 6);
      return begin == std::string::npos ? std::string() : line.substr(begin);
    }
  }
  return {};
}

}  // namespace

bool RankExit::by_accident() const { return silent_s.has_value() || signal.has_value() || exit_code == exit_lost_peers; }

std::string RankExit::reason() const {
  if (silent_s) {
    return format("rank {} (pid {}) hung: it was not heard for {:.0f} s{}", rank, pid, *silent_s,
                  state.empty() ? std::string() : format(", in state {}", state));
  }
  if (signal) {
    return format("rank {} (pid {}) was killed by signal {} ({})", rank, pid, *signal, strsignal(*signal));
  }
  return format("rank {} (pid {}) ended with exit code {}", rank, pid, exit_code.value_or(-1));
}

RankGroup::RankGroup(LaunchOptions options) : options_(std::move(options)) {
  if (options_.world_size < 1) {
    throw std::invalid_argument(format("[RankGroup] world_size must be positive, got {}", options_.world_size));
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    fail(ErrorCode::io, "The pipe to the training processes could not be made: {}", describe_errno(errno));
  }
  lifeline_read_ = ends[0];
  lifeline_write_ = ends[1];
  ranks_.resize(static_cast<size_t>(options_.world_size));
  try {
    for (int rank = 0; rank < options_.world_size; ++rank) {
      start(rank);
    }
  } catch (...) {
    end();
    close(lifeline_read_);
    close(lifeline_write_);
    throw;
  }
}

RankGroup::~RankGroup() {
  end();
  close(lifeline_read_);
  close(lifeline_write_);
}

void RankGroup::start(int rank) {
  const std::filesystem::path log_path = log_file(options_, rank);
  const int log_fd = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log_fd < 0) {
    fail(ErrorCode::io, "{} cannot be written: {}", log_path.string(), describe_errno(errno));
  }
  Heartbeat heartbeat;
  // Above the numbers that they get in the rank: one dup2 must not close what the next one reads.
  const int lifeline = fcntl(lifeline_read_, F_DUPFD_CLOEXEC, heartbeat_in_rank + 1);
  const int beats = fcntl(heartbeat.write_end(), F_DUPFD_CLOEXEC, heartbeat_in_rank + 1);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, log_fd, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, log_fd, STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&actions, lifeline, lifeline_in_rank);
  posix_spawn_file_actions_adddup2(&actions, beats, heartbeat_in_rank);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A group of its own: Ctrl-C reaches the supervisor alone, which then asks the ranks to save and end.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);

  std::vector<std::string> arguments{options_.program.string()};
  arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
  std::vector<std::string> environment = environment_of(options_, rank);
  const std::vector<char*> argv = pointers_to(arguments);
  const std::vector<char*> envp = pointers_to(environment);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, options_.program.c_str(), &actions, &attributes, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  for (const int fd : {log_fd, lifeline, beats}) {
    close(fd);
  }
  if (error != 0) {
    fail(ErrorCode::io, "{} could not be started: {}", options_.program.string(), describe_errno(error));
  }
  heartbeat.close_write_end();
  Rank& started = ranks_[static_cast<size_t>(rank)];
  started.pid = pid;
  started.running = true;
  started.heartbeat.emplace(std::move(heartbeat));
}

void RankGroup::listen() {
  for (Rank& rank : ranks_) {
    if (!rank.running || !rank.heartbeat || options_.silence_s <= 0) {
      continue;
    }
    const double silent_s = rank.heartbeat->silence_s();
    if (silent_s >= options_.silence_s && !rank.silent_s) {
      rank.silent_s = silent_s;
      rank.state = kernel_state(rank.pid);
      kill(rank.pid, SIGKILL);  // a stopped process takes no other signal
    }
  }
}

void RankGroup::collect(std::vector<RankExit>& ended) {
  for (size_t i = 0; i < ranks_.size(); ++i) {
    Rank& rank = ranks_[i];
    int status = 0;
    if (!rank.running || waitpid(rank.pid, &status, WNOHANG) != rank.pid) {
      continue;
    }
    rank.running = false;
    RankExit exit{.rank = static_cast<int>(i), .pid = rank.pid, .silent_s = rank.silent_s, .state = rank.state};
    if (WIFSIGNALED(status)) {
      exit.signal = WTERMSIG(status);
    } else {
      exit.exit_code = WEXITSTATUS(status);
    }
    exit.last_log_lines = last_lines_of(log_file(options_, exit.rank));
    ended.push_back(std::move(exit));
  }
}

void RankGroup::poll() {
  listen();
  std::vector<RankExit> ended;
  collect(ended);
  const bool ours_to_end = kill_at_s_.has_value();
  for (const RankExit& exit : ended) {
    const bool better = !culprit_ || (culprit_->exit_code == exit_lost_peers && exit.exit_code != exit_lost_peers);
    const int by_signal = exit.signal.value_or(0);
    const bool of_our_signal = ours_to_end && !exit.silent_s && (by_signal == SIGTERM || by_signal == SIGKILL);
    if (!exit.well() && better && !of_our_signal) {
      culprit_ = exit;
    }
  }
  exits_.insert(exits_.end(), ended.begin(), ended.end());
  if (culprit_ && !kill_at_s_ && running()) {
    signal_all(SIGTERM);
    kill_at_s_ = monotonic_seconds() + options_.grace_s;
  }
  if (kill_at_s_ && monotonic_seconds() >= *kill_at_s_ && running()) {
    signal_all(SIGKILL);
  }
}

void RankGroup::ask_to_stop() {
  if (!asked_to_stop_) {
    asked_to_stop_ = true;
    signal_all(SIGTERM);
  }
}

bool RankGroup::running() const {
  return std::any_of(ranks_.begin(), ranks_.end(), [](const Rank& rank) { return rank.running; });
}

std::vector<pid_t> RankGroup::pids() const {
  std::vector<pid_t> all;
  for (const Rank& rank : ranks_) {
    all.push_back(rank.pid);
  }
  return all;
}

void RankGroup::signal_all(int signal_number) {
  for (const Rank& rank : ranks_) {
    if (rank.running) {
      kill(rank.pid, signal_number);
    }
  }
}

void RankGroup::end() {
  if (!running()) {
    return;
  }
  signal_all(SIGTERM);
  if (!kill_at_s_) {
    kill_at_s_ = monotonic_seconds() + options_.grace_s;
  }
  while (running()) {
    poll();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void follow_supervisor() {
  if (const char* variable = std::getenv(heartbeat_variable)) {
    beat_on(std::atoi(variable));
    unsetenv(heartbeat_variable);
  }
  const char* variable = std::getenv(lifeline_variable);
  if (variable == nullptr) {
    return;
  }
  const int fd = std::atoi(variable);
  unsetenv(lifeline_variable);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  std::thread([fd] {
    char byte = 0;
    while (read(fd, &byte, 1) < 0 && errno == EINTR) {
    }
    constexpr char last_words[] = "The supervisor is gone; this rank ends with it.\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, last_words, sizeof(last_words) - 1);
    kill(getpid(), SIGKILL);
  }).detach();
}

}  // namespace darkroom
