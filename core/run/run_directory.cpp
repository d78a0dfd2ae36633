// SPDX-License-Identifier: Apache-2.0
#include "core/run/run_directory.h"

#include <algorithm>
#include <charconv>
#include <random>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/wall_clock.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view step_prefix = "step_";
constexpr std::string_view meta_name = "meta.json";

std::string new_id() {
  constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789";  // none that is taken for another
  std::random_device device;
  std::string id;
  for (int i = 0; i < 8; ++i) {
    id.push_back(letters[device() % letters.size()]);
  }
  return id;
}

Json info_json(const RunInfo& info) {
  return {{"id", info.id},
          {"name", info.name},
          {"created", info.created},
          {"parent", info.parent ? Json{{"run", info.parent->run}, {"checkpoint", info.parent->checkpoint}} : Json()},
          {"plan_hash", info.plan_hash},
          {"engine_version", info.engine_version}};
}

RunInfo read_info(const fs::path& file) {
  std::vector<Problem> problems;
  const Json json = read_json_file(file);
  JsonReader reader(json, "", problems);
  RunInfo info;
  reader.require("id");
  reader.read("id", info.id);
  reader.read("name", info.name);
  reader.read("created", info.created);
  if (const Json* parent = reader.any("parent"); parent != nullptr && !parent->is_null()) {
    JsonReader part(*parent, "/parent", problems);
    info.parent.emplace();
    part.read("run", info.parent->run);
    part.read("checkpoint", info.parent->checkpoint);
  }
  reader.read("plan_hash", info.plan_hash);
  reader.read("engine_version", info.engine_version);
  if (!problems.empty()) {
    throw Error(ErrorCode::bad_input, problems_text(file.string(), problems));
  }
  return info;
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    entries.push_back(it->path());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_complete_checkpoint(const fs::path& folder) {
  std::error_code error;
  return RunDirectory::step_of_name(folder.filename().string()).has_value() && fs::is_regular_file(folder / meta_name, error);
}

}  // namespace

std::optional<RunParent> run_parent_of(const fs::path& init_from) {
  std::error_code error;
  if (fs::is_regular_file(init_from / meta_name, error)) {
    const Json meta = read_json_file(init_from / meta_name);
    return RunParent{.run = meta.is_object() ? meta.value("run", std::string()) : std::string(),
                     .checkpoint = fs::absolute(init_from).lexically_normal().filename().string()};
  }
  if (init_from.extension() == ".pt" && fs::is_regular_file(init_from, error)) {
    return RunParent{.run = {}, .checkpoint = fs::absolute(init_from).lexically_normal().string()};
  }
  return std::nullopt;
}

Json CheckpointInfo::meta() const { return read_json_file(folder / meta_name); }

RunDirectory RunDirectory::create(const fs::path& folder, const TrainingPlan& plan, const std::string& name,
                                  const std::string& engine_version, const std::optional<RunParent>& parent) {
  const fs::path absolute = fs::absolute(folder).lexically_normal();
  if (is_run(absolute)) {
    fail(ErrorCode::bad_input, "{} is a run already; continue it with --resume, or name another folder.", absolute.string());
  }
  std::error_code error;
  if (fs::exists(absolute, error) && (!fs::is_directory(absolute, error) || !fs::is_empty(absolute, error))) {
    fail(ErrorCode::bad_input, "{} exists and is not empty; a new run needs a folder of its own.", absolute.string());
  }
  RunInfo info;
  info.id = new_id();
  info.name = name.empty() ? plan.name : name;
  info.created = wall_seconds();
  info.parent = parent;
  info.plan_hash = plan_hash(plan);
  info.engine_version = engine_version;
  RunDirectory run(absolute, info);
  for (const fs::path& part : {run.log_folder(), run.samples_folder(), run.checkpoints_folder(), run.requests_folder()}) {
    fs::create_directories(part, error);
    if (error) {
      fail(ErrorCode::io, "{}: cannot make the folder: {}", part.string(), error.message());
    }
  }
  write_file_atomically(run.plan_file(), to_json(plan).dump(2) + "\n");
  // Last: a folder with run.json is a run.
  write_file_atomically(run.run_file(), info_json(info).dump(2) + "\n");
  return run;
}

RunDirectory RunDirectory::open(const fs::path& folder) {
  const fs::path absolute = fs::absolute(folder).lexically_normal();
  if (!is_run(absolute)) {
    fail(ErrorCode::not_found, "{} is no run directory: it has no run.json.", absolute.string());
  }
  return RunDirectory(absolute, read_info(absolute / "run.json"));
}

bool RunDirectory::is_run(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "run.json", error);
}

TrainingPlan RunDirectory::plan() const { return read_plan(plan_file()); }

fs::path RunDirectory::rank_log(int rank) const { return log_folder() / format("rank_{}.log", rank); }

std::string RunDirectory::step_name(int64_t step) { return format("{}{:07}", step_prefix, step); }

std::optional<int64_t> RunDirectory::step_of_name(std::string_view name) {
  if (!name.starts_with(step_prefix)) {
    return std::nullopt;
  }
  name.remove_prefix(step_prefix.size());
  int64_t step = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), step);
  const bool whole = error == std::errc() && end == name.data() + name.size() && step >= 0 && name.size() >= 7;
  return whole ? std::optional(step) : std::nullopt;
}

std::vector<CheckpointInfo> RunDirectory::checkpoints() const {
  std::vector<CheckpointInfo> found;
  for (const fs::path& entry : entries_of(checkpoints_folder())) {
    if (is_complete_checkpoint(entry)) {
      found.push_back({*step_of_name(entry.filename().string()), entry});
    }
  }
  std::sort(found.begin(), found.end(), [](const CheckpointInfo& a, const CheckpointInfo& b) { return a.step < b.step; });
  return found;
}

std::optional<CheckpointInfo> RunDirectory::newest_checkpoint() const {
  const std::vector<CheckpointInfo> all = checkpoints();
  return all.empty() ? std::nullopt : std::optional(all.back());
}

std::vector<RunDirectory::StepSamples> RunDirectory::samples() const {
  std::vector<StepSamples> found;
  for (const fs::path& entry : entries_of(samples_folder())) {
    const auto step = step_of_name(entry.filename().string());
    if (!step) {
      continue;
    }
    StepSamples samples{*step, {}};
    for (const fs::path& file : entries_of(entry)) {
      if (file.extension() == ".png") {
        samples.files.push_back(file);
      }
    }
    if (!samples.files.empty()) {
      found.push_back(std::move(samples));
    }
  }
  std::sort(found.begin(), found.end(), [](const StepSamples& a, const StepSamples& b) { return a.step < b.step; });
  return found;
}

std::vector<fs::path> RunDirectory::leftovers() const {
  std::vector<fs::path> found;
  for (const fs::path& entry : entries_of(checkpoints_folder())) {
    if (!is_complete_checkpoint(entry)) {
      found.push_back(entry);
    }
  }
  return found;
}

std::vector<fs::path> RunDirectory::remove_leftovers() const {
  std::vector<fs::path> removed = leftovers();
  for (const fs::path& path : removed) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) {
      fail(ErrorCode::io, "{}: cannot remove the leftover: {}", path.string(), error.message());
    }
  }
  return removed;
}

std::vector<RunDirectory> find_runs(const fs::path& folder) {
  std::vector<RunDirectory> runs;
  for (const fs::path& entry : entries_of(folder)) {
    if (!RunDirectory::is_run(entry)) {
      continue;
    }
    try {
      runs.push_back(RunDirectory::open(entry));
    } catch (const Error&) {
      continue;  // said by whoever opens it
    }
  }
  std::sort(runs.begin(), runs.end(), [](const RunDirectory& a, const RunDirectory& b) { return a.info().created > b.info().created; });
  return runs;
}

}  // namespace darkroom
