// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace darkroom {

/// Decides which request is made next: no host is asked for more than so many things at once, and one that wants to be left alone for a
/// while is. Among hosts that may be asked, they take turns. Times are seconds of one clock, given by the caller. Not thread-safe.
class HostQueue {
 public:
  explicit HostQueue(int most_per_host) : most_per_host_(most_per_host) {}

  /// A request that may be made from `at_s` on.
  void add(const std::string& host, uint64_t request, double at_s = 0);
  /// The next request that may be made now; it then counts as running until done().
  std::optional<uint64_t> next(double now_s);
  void done(const std::string& host);
  /// No request to this host is started before.
  void leave_alone(const std::string& host, double until_s);

  /// When next() may have something that it does not have now, by the clock alone; nothing when nothing waits for a time.
  std::optional<double> next_time() const;

 private:
  struct Host {
    std::deque<uint64_t> requests;
    int running = 0;
    double not_before_s = 0;
    bool is_listed = false;  // in turns_ or sleeping_
  };
  void list(const std::string& name, Host& host, double now_s);
  void wake(double now_s);

  int most_per_host_;
  std::unordered_map<std::string, Host> hosts_;
  std::deque<std::string> turns_;                                    // hosts that may be asked
  std::multimap<double, std::string> sleeping_;                      // hosts by the time when they may be asked again
  std::multimap<double, std::pair<std::string, uint64_t>> delayed_;  // requests by their time
};

}  // namespace darkroom
