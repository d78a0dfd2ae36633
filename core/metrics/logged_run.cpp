// SPDX-License-Identifier: Apache-2.0
// A log of several files is read in the order of their names, which begin with the time of their launch, so that the later launch counts.
#include "core/metrics/logged_run.h"

#include <algorithm>
#include <cmath>
#include <protozero/pbf_reader.hpp>

#include "core/base/error.h"
#include "core/base/format.h"
#include "core/metrics/tensorboard_events.h"
#include "core/metrics/wandb_fields.h"
#include "core/metrics/wandb_log.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr int deepest = 6;

bool is_events(const fs::path& path) { return path.filename().string().find("tfevents") != std::string::npos; }
bool is_wandb(const fs::path& path) { return path.extension() == ".wandb"; }

std::string name_below(const fs::path& folder, const fs::path& of) {
  const std::string relative = fs::relative(of, folder).string();
  return relative.empty() || relative == "." ? fs::absolute(folder).lexically_normal().filename().string() : relative;
}

struct Item {
  std::string key;
  Json value;
};

Item read_item(protozero::pbf_reader entry) {
  Item item;
  while (entry.next()) {
    if (entry.tag() == wandb::item_field::key) {
      item.key = entry.get_string();
    } else if (entry.tag() == wandb::item_field::nested_key) {
      item.key += (item.key.empty() ? "" : ".") + entry.get_string();
    } else if (entry.tag() == wandb::item_field::value_json) {
      item.value = Json::parse(entry.get_string(), nullptr, false);  // NaN is no JSON, and no point of a line
    } else {
      entry.skip();
    }
  }
  return item;
}

void read_run(protozero::pbf_reader run, std::string& id, LoggedRun& logged) {
  while (run.next()) {
    if (run.tag() == wandb::run_field::run_id) {
      id = run.get_string();
    } else if (run.tag() == wandb::run_field::display_name) {
      logged.name = run.get_string();
    } else if (run.tag() == wandb::run_field::config) {
      logged.config = Json::object();
      protozero::pbf_reader config = run.get_message();
      while (config.next(1)) {
        const Item item = read_item(config.get_message());
        logged.config[item.key] = item.value.is_discarded() ? Json() : item.value;
      }
    } else {
      run.skip();
    }
  }
}

void read_history(protozero::pbf_reader history, std::map<std::string, LoggedSeries>& series) {
  std::vector<Item> items;
  int64_t step = -1;
  double time_s = 0;
  while (history.next()) {
    if (history.tag() == 1) {
      Item item = read_item(history.get_message());
      if (!item.value.is_number()) {
        continue;
      }
      if (item.key == "_step") {
        step = item.value.get<int64_t>();
      } else if (item.key == "_timestamp") {
        time_s = item.value.get<double>();
      } else if (item.key != "_runtime") {
        items.push_back(std::move(item));
      }
    } else if (history.tag() == 2) {
      protozero::pbf_reader number = history.get_message();
      while (number.next()) {
        if (number.tag() == 1 && step < 0) {
          step = number.get_int64();
        } else {
          number.skip();
        }
      }
    } else {
      history.skip();
    }
  }
  for (const Item& item : items) {
    series[item.key].add(step, time_s, item.value.get<double>());
  }
}

/// Adds what a file tells to the run with its id.
void read_wandb(const fs::path& folder, const fs::path& path, std::map<std::string, LoggedRun>& runs) {
  LoggedRun logged;
  std::string id = path.string();
  std::vector<std::string> histories;
  try {
    for (const std::string& payload : read_wandb_records(path)) {
      protozero::pbf_reader record(payload);
      while (record.next()) {
        if (record.tag() == wandb::record_field::run) {
          read_run(record.get_message(), id, logged);
        } else if (record.tag() == wandb::record_field::history) {
          histories.push_back(record.get_bytes());
        } else {
          record.skip();
        }
      }
    }
    LoggedRun& run = runs[id];
    run.name = logged.name.empty() ? name_below(folder, path.parent_path()) : logged.name;
    run.folder = path.parent_path();
    run.config = logged.config;
    for (const std::string& history : histories) {
      read_history(protozero::pbf_reader(history), run.series);
    }
  } catch (const protozero::exception& error) {
    fail(ErrorCode::bad_input, "{}: not a record of a Weights & Biases run ({})", path.string(), error.what());
  }
}

}  // namespace

void LoggedSeries::add(int64_t at_step, double at_time_s, double with_value) {
  while (!step.empty() && step.back() >= at_step) {
    step.pop_back();
    time_s.pop_back();
    value.pop_back();
  }
  if (std::isfinite(with_value)) {
    step.push_back(at_step);
    time_s.push_back(at_time_s);
    value.push_back(with_value);
  }
}

std::vector<LogFile> find_log_files(const fs::path& folder) {
  std::vector<LogFile> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
  if (error) {
    fail(ErrorCode::not_found, "{}: cannot be read: {}", folder.string(), error.message());
  }
  for (; entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (error) {
      break;
    }
    if (entry.depth() >= deepest) {
      entry.disable_recursion_pending();
    }
    std::error_code ignored;
    if (entry->is_regular_file(ignored) && (is_events(entry->path()) || is_wandb(entry->path()))) {
      files.push_back({entry->path(), entry->file_size(ignored)});
    }
  }
  std::sort(files.begin(), files.end(), [](const LogFile& a, const LogFile& b) { return a.path < b.path; });
  return files;
}

std::vector<LoggedRun> read_logged_runs(const fs::path& folder) {
  const std::vector<LogFile> files = find_log_files(folder);
  if (files.empty()) {
    fail(ErrorCode::not_found, "{}: there is neither a TensorBoard event file (its name has \"tfevents\") nor a .wandb file in it.",
         folder.string());
  }
  std::map<std::string, LoggedRun> runs;  // by folder, or by id
  for (const LogFile& file : files) {
    if (is_wandb(file.path)) {
      read_wandb(folder, file.path, runs);
      continue;
    }
    LoggedRun& run = runs[file.path.parent_path().string()];
    run.folder = file.path.parent_path();
    run.name = name_below(folder, run.folder);
    for (const TensorboardScalar& scalar : read_tensorboard_scalars(file.path)) {
      run.series[scalar.tag].add(scalar.step, scalar.wall_time_s, scalar.value);
    }
  }
  std::vector<LoggedRun> list;
  list.reserve(runs.size());
  for (auto& [key, run] : runs) {
    list.push_back(std::move(run));
  }
  std::sort(list.begin(), list.end(), [](const LoggedRun& a, const LoggedRun& b) { return a.folder < b.folder; });
  return list;
}

}  // namespace darkroom
