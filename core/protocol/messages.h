// SPDX-License-Identifier: Apache-2.0
// Everything that the studio and an engine say to each other. Local sockets, ssh's stdio and the fake engine all carry these.
//
// A request has an id that the studio chose, unique on the link, and gets exactly one final answer with the same id:
//   Generate      -> GenerateDone | GenerateFailed | Cancelled       (Progress and Preview in between)
//   StartTraining -> TrainingStarted | Failed
//   StopRun       -> Accepted | Failed                               (the end itself shows in RunState)
//   Subscribe     -> Accepted | Failed                               (then MetricsBatch, DeviceSample, RunState, until Unsubscribe)
//   Unsubscribe   -> Accepted | Failed
//   Ping          -> Pong
// Cancel carries the id of the request that should end; that request's own final answer is the answer.
// A link opens with one Hello each way; versions that differ are refused with both numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/error.h"
#include "core/metrics/device_sample.h"
#include "core/metrics/run_status.h"
#include "core/metrics/step_report.h"
#include "core/plan/generate_options.h"

namespace darkroom {

/// Raised whenever a message changes its meaning or members.
inline constexpr int64_t protocol_version = 2;

}  // namespace darkroom

namespace darkroom::message {

/// One device that the engine can use.
struct Device {
  std::string id;    ///< "cpu", "cuda:0"
  std::string name;  ///< "AMD EPYC 9B45"
  uint64_t memory_total_bytes = 0;
  int64_t cores = 0;   ///< of a CPU
  std::string detail;  ///< instruction set, compute capability
};

// ---- both ways

/// First frame each way.
struct Hello {
  int64_t protocol = protocol_version;
  std::string version;  ///< of the program: "0.1.0"
  int64_t pid = 0;
  std::vector<Device> devices;  ///< of the engine; the studio sends none
};

// ---- studio -> engine

struct Generate {
  std::string id;
  GenerateOptions options;    ///< `out` and `save_latents` are not used: the images come back in GenerateDone
  int64_t preview_every = 1;  ///< sampler steps; 0: no previews
};

struct Cancel {
  std::string id;  ///< of the request that should end
};

/// Launches a supervisor in a session of its own: it outlives the link and the studio.
struct StartTraining {
  std::string id;
  std::string plan;                  ///< path of the plan file; unused with `resume`
  std::string run;                   ///< path of the run directory
  std::vector<std::string> devices;  ///< one rank each: {"cpu", "cpu"}; empty: the engine's choice
  bool resume = false;               ///< go on from the newest complete checkpoint
  std::optional<std::string> name;   ///< of a new run in lists; absent: the plan's
};

struct StopRun {
  std::string id;
  std::string run;  ///< path of the run directory
};

/// Follow a run: its rows from `from_seq` on, its state, its devices.
struct Subscribe {
  std::string id;
  std::string run;       ///< path of the run directory
  int64_t from_seq = 0;  ///< number of the first row wanted
};

struct Unsubscribe {
  std::string id;
  std::string run;
};

struct Ping {
  std::string id;
};

// ---- engine -> studio

/// Of a request that takes time.
struct Progress {
  std::string id;
  std::string stage;  ///< "load model", "sample", "decode"
  int64_t done = 0;
  std::optional<int64_t> total;
  std::string unit;
  std::optional<double> seconds_left;
  std::string note;
};

/// What the image looks like so far. Newest wins: an older one that was not sent yet is dropped.
struct Preview {
  std::string id;
  int64_t index = 0;  ///< image of the request
  int64_t step = 0;   ///< 1 … of
  int64_t of = 0;
  int64_t width = 0;
  int64_t height = 0;
  std::string rgb8;  ///< payload: width * height * 3 bytes, rows from the top
};

struct GeneratedImage {
  int64_t index = 0;
  int64_t seed = 0;
  int64_t width = 0;
  int64_t height = 0;
  std::string png;  ///< the file's bytes with all metadata; part of the payload
};

struct GenerateDone {
  std::string id;
  std::vector<GeneratedImage> images;
  GenerateOptions options;   ///< as used: nothing left to the model any more
  std::string weights_used;  ///< "ema" or "live"
  std::string device;
  double seconds = 0;       ///< from the start of the work to here
  double load_seconds = 0;  ///< of these, spent on loading the model
};

struct GenerateFailed {
  std::string id;
  ErrorCode code = ErrorCode::failed;
  std::string message;
};

struct Cancelled {
  std::string id;
};

struct TrainingStarted {
  std::string id;
  std::string run;  ///< absolute path
  int64_t pid = 0;  ///< of the supervisor
};

struct Accepted {
  std::string id;
};

struct Failed {
  std::string id;
  ErrorCode code = ErrorCode::failed;
  std::string message;
};

/// Rows of metrics.jsonl; at most some thousands at once.
struct MetricsBatch {
  std::string run;
  int64_t first_seq = 0;         ///< number of rows[0]
  bool restarted = false;        ///< the run went on from a checkpoint: drop every row that is kept, these start at 0
  std::vector<StepReport> rows;  ///< payload: JSON lines
};

struct DeviceSample {
  std::string run;  ///< path; empty: the engine's own devices
  std::vector<DeviceLine> devices;
};

struct RunStateChanged {
  RunStatus status;
};

struct Log {
  std::string level;  ///< "info", "warning", "error"
  std::string role;   ///< "sample", "train", …
  std::string text;
};

struct Pong {
  std::string id;
};

using FromStudio = std::variant<Hello, Generate, Cancel, StartTraining, StopRun, Subscribe, Unsubscribe, Ping>;
using FromEngine = std::variant<Hello, Progress, Preview, GenerateDone, GenerateFailed, Cancelled, TrainingStarted, Accepted, Failed,
                                MetricsBatch, DeviceSample, RunStateChanged, Log, Pong>;

/// The "type" of a message on the wire: its name here, but "RunState" for RunStateChanged.
std::string_view type_name(const FromStudio& message);
std::string_view type_name(const FromEngine& message);

}  // namespace darkroom::message
