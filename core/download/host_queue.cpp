// SPDX-License-Identifier: Apache-2.0
#include "core/download/host_queue.h"

#include <algorithm>

namespace darkroom {

void HostQueue::list(const std::string& name, Host& host, double now_s) {
  if (host.is_listed || host.requests.empty() || host.running >= most_per_host_) {
    return;
  }
  host.is_listed = true;
  if (host.not_before_s > now_s) {
    sleeping_.emplace(host.not_before_s, name);
  } else {
    turns_.push_back(name);
  }
}

void HostQueue::add(const std::string& host, uint64_t request, double at_s) {
  if (at_s > 0) {
    delayed_.emplace(at_s, std::pair(host, request));
    return;
  }
  Host& entry = hosts_[host];
  entry.requests.push_back(request);
  list(host, entry, 0);
}

void HostQueue::wake(double now_s) {
  while (!delayed_.empty() && delayed_.begin()->first <= now_s) {
    const auto [host, request] = delayed_.begin()->second;
    delayed_.erase(delayed_.begin());
    Host& entry = hosts_[host];
    entry.requests.push_back(request);
    list(host, entry, now_s);
  }
  while (!sleeping_.empty() && sleeping_.begin()->first <= now_s) {
    const std::string name = sleeping_.begin()->second;
    sleeping_.erase(sleeping_.begin());
    Host& entry = hosts_[name];
    entry.is_listed = false;
    list(name, entry, now_s);
  }
}

std::optional<uint64_t> HostQueue::next(double now_s) {
  wake(now_s);
  while (!turns_.empty()) {
    const std::string name = turns_.front();
    turns_.pop_front();
    Host& host = hosts_[name];
    host.is_listed = false;
    if (host.not_before_s > now_s) {
      list(name, host, now_s);
      continue;
    }
    if (host.requests.empty() || host.running >= most_per_host_) {
      continue;
    }
    const uint64_t request = host.requests.front();
    host.requests.pop_front();
    ++host.running;
    list(name, host, now_s);
    return request;
  }
  return std::nullopt;
}

void HostQueue::done(const std::string& host) {
  Host& entry = hosts_[host];
  --entry.running;
  list(host, entry, 0);
  if (entry.requests.empty() && entry.running == 0 && entry.not_before_s == 0) {
    hosts_.erase(host);  // a list of URLs names millions of hosts
  }
}

void HostQueue::leave_alone(const std::string& host, double until_s) {
  Host& entry = hosts_[host];
  entry.not_before_s = std::max(entry.not_before_s, until_s);
}

std::optional<double> HostQueue::next_time() const {
  std::optional<double> time;
  for (const auto* first :
       {delayed_.empty() ? nullptr : &delayed_.begin()->first, sleeping_.empty() ? nullptr : &sleeping_.begin()->first}) {
    if (first != nullptr && (!time || *first < *time)) {
      time = *first;
    }
  }
  return time;
}

}  // namespace darkroom
