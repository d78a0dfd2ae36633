// SPDX-License-Identifier: Apache-2.0
// The receiving thread dispatches and never works itself; SampleRole has its worker, and one more thread reads devices and followed runs.
#include "core/engine/link_server.h"

#include <unistd.h>

#include <chrono>
#include <thread>

#include "core/base/format.h"
#include "core/base/log.h"
#include "core/base/progress.h"
#include "core/base/wall_clock.h"
#include "core/engine/device_list.h"
#include "core/engine/run_follower.h"
#include "core/engine/sample_role.h"
#include "core/engine/train_launch.h"
#include "core/engine/version.h"
#include "core/run/run_control.h"

namespace darkroom {
namespace {

constexpr int hello_timeout_ms = 10000;
constexpr auto link_poll_interval = std::chrono::milliseconds(100);
constexpr double telemetry_interval_s = 1;

message::Hello own_hello() {
  message::Hello hello;
  hello.version = engine_version();
  hello.pid = getpid();
  for (const DeviceInfo& device : list_devices()) {
    hello.devices.push_back({device.id, device.name, device.memory_total_bytes, device.cores, device.detail});
  }
  return hello;
}

message::DeviceSample device_sample(DeviceMonitor& monitor) {
  message::DeviceSample sample;
  const auto now = wall_seconds();
  for (const DeviceLoad& load : monitor.sample()) {
    sample.devices.push_back(
        {now, load.id, {}, load.load, load.memory_used_bytes, load.memory_total_bytes, load.process_bytes, std::nullopt, std::nullopt});
  }
  return sample;
}

// What goes on beside the requests, until the link ends.
class Background {
 public:
  explicit Background(Channel& channel)
      : follower_(channel), channel_(channel), thread_([this](const std::stop_token& stop) { work(stop); }) {}
  RunFollower& follower() { return follower_; }

 private:
  void work(const std::stop_token& stop) {
    DeviceMonitor monitor;
    double sampled_s = -1;
    try {
      while (!stop.stop_requested()) {
        follower_.poll();
        if (monotonic_seconds() - sampled_s >= telemetry_interval_s) {
          sampled_s = monotonic_seconds();
          channel_.send(message::FromEngine(device_sample(monitor)));
        }
        std::this_thread::sleep_for(link_poll_interval);
      }
    } catch (const Error& error) {
      log().debug("background work ends: {}", error.what());  // the link is gone; the receiving thread sees it too
    }
  }

  RunFollower follower_;
  Channel& channel_;
  std::jthread thread_;  // last: it uses everything above
};

// Answers each request; the only place that turns an Error of a request into its answer.
class Dispatcher {
 public:
  Dispatcher(Channel& channel, SampleRole& samples, RunFollower& follower) : channel_(channel), samples_(samples), follower_(follower) {}

  void operator()(const message::Hello&) { throw Error(ErrorCode::protocol, "The studio said Hello twice."); }
  void operator()(const message::Generate& request) { samples_.generate(request); }
  void operator()(const message::Cancel& request) { samples_.cancel(request.id); }
  void operator()(const message::Ping& request) { send(message::Pong{request.id}); }
  void operator()(const message::StartTraining& request) {
    answer(request.id, [&] {
      const TrainingLaunch launch = launch_training(
          {.plan = request.plan, .run = request.run, .devices = request.devices, .resume = request.resume, .name = request.name});
      send(message::TrainingStarted{request.id, launch.run.string(), launch.pid});
    });
  }
  void operator()(const message::StopRun& request) {
    answer(request.id, [&] {
      send_request(RunDirectory::open(request.run), RunRequestKind::stop, format("the studio (through engine {})", getpid()));
      send(message::Accepted{request.id});
    });
  }
  void operator()(const message::Subscribe& request) {
    answer(request.id, [&] {
      follower_.subscribe(request.run, request.from_seq);
      send(message::Accepted{request.id});
    });
  }
  void operator()(const message::Unsubscribe& request) {
    follower_.unsubscribe(request.run);
    send(message::Accepted{request.id});
  }

 private:
  void send(const message::FromEngine& message) { channel_.send(message); }

  template <typename Work>
  void answer(const std::string& id, const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::peer_died) {
        throw;
      }
      send(message::Failed{id, error.code(), error.what()});
    }
  }

  Channel& channel_;
  SampleRole& samples_;
  RunFollower& follower_;
};

void greet(Channel& channel) {
  channel.send(message::FromEngine(own_hello()));
  std::optional<Frame> first = channel.receive(hello_timeout_ms);
  if (!first) {
    throw Error(ErrorCode::protocol,
                channel.ended() ? "The studio closed the link before it said Hello." : "The studio did not say Hello within 10 s.");
  }
  const message::FromStudio hello = studio_message(std::move(*first));
  if (!std::holds_alternative<message::Hello>(hello)) {
    throw Error(ErrorCode::protocol, format("The first frame must be Hello, got {}.", message::type_name(hello)));
  }
  check_hello(std::get<message::Hello>(hello));
}

}  // namespace

void serve_link(Channel& channel, const CancelToken& cancel) {
  try {
    greet(channel);
    SampleRole samples(channel);
    Background background(channel);
    Dispatcher dispatch(channel, samples, background.follower());
    while (!cancel.cancelled() && !channel.ended()) {
      if (std::optional<Frame> frame = channel.receive(static_cast<int>(link_poll_interval.count()))) {
        std::visit(dispatch, studio_message(std::move(*frame)));
      }
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::peer_died) {
      return;  // the studio went away: that is how a link ends
    }
    try {
      channel.send(message::FromEngine(message::Log{"error", "serve", error.what()}));
      channel.flush(1000);
    } catch (const Error& gone) {
      log().debug("the reason was not sent: {}", gone.what());
    }
    throw;
  }
}

}  // namespace darkroom
