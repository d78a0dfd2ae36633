// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/dataset_layout.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/dataset/arrow_dataset.h"

namespace darkroom {
namespace fs = std::filesystem;

std::string arrow_file_name(size_t number, size_t count) { return format("data-{:05}-of-{:05}.arrow", number, count); }

std::vector<fs::path> arrow_files(const fs::path& folder) {
  const fs::path state_file = folder / state_file_name;
  if (!fs::exists(state_file)) {
    fail(ErrorCode::not_found, "{}: not a dataset (there is no {})", folder.string(), state_file_name);
  }
  const Json state = read_json_file(state_file);
  const auto listed = state.is_object() ? state.find("_data_files") : state.end();
  if (!state.is_object() || listed == state.end() || !listed->is_array()) {
    fail(ErrorCode::bad_input, "{}: /_data_files: expected a list", state_file.string());
  }
  if (state.contains("_indices_files") && !state["_indices_files"].is_null() && !state["_indices_files"].empty()) {
    fail(ErrorCode::bad_input, "{}: the dataset is a selection (_indices_files); call flatten_indices() on it and save it again",
         state_file.string());
  }
  std::vector<fs::path> files;
  for (size_t i = 0; i < listed->size(); ++i) {
    const Json& entry = (*listed)[i];
    const bool named = entry.is_object() && entry.contains("filename") && entry["filename"].is_string();
    const fs::path name = named ? fs::path(entry["filename"].get<std::string>()) : fs::path();
    if (name.empty() || name != name.filename() || name == "..") {
      fail(ErrorCode::bad_input, "{}: /_data_files/{}/filename: expected a file name of this folder", state_file.string(), i);
    }
    files.push_back(folder / name);
  }
  return files;
}

Json dataset_state(const std::vector<std::string>& files, const std::string& fingerprint) {
  Json listed = Json::array();
  for (const std::string& file : files) {
    listed.push_back(Json{{"filename", file}});
  }
  return Json{
      {"_data_files", std::move(listed)}, {"_fingerprint", fingerprint},  {"_format_columns", nullptr}, {"_format_kwargs", Json::object()},
      {"_format_type", nullptr},          {"_output_all_columns", false}, {"_split", nullptr}};
}

Json dataset_info() { return Json{{"citation", ""}, {"description", ""}, {"homepage", ""}, {"license", ""}}; }

std::vector<std::string> dataset_splits(const fs::path& folder) {
  const fs::path file = folder / dataset_dict_name;
  if (!fs::exists(file)) {
    if (fs::exists(folder / state_file_name)) {
      return {};
    }
    fail(ErrorCode::not_found, "{}: not a dataset folder (neither {} nor {} is there)", folder.string(), dataset_dict_name,
         state_file_name);
  }
  const Json json = read_json_file(file);
  std::vector<std::string> splits;
  const auto listed = json.is_object() ? json.find("splits") : json.end();
  if (!json.is_object() || listed == json.end() || !listed->is_array()) {
    fail(ErrorCode::bad_input, "{}: /splits: expected a list", file.string());
  }
  for (const Json& name : *listed) {
    if (!name.is_string() || name.get<std::string>().empty() || name.get<std::string>().find('/') != std::string::npos || name == "..") {
      fail(ErrorCode::bad_input, "{}: /splits: expected folder names", file.string());
    }
    splits.push_back(name.get<std::string>());
  }
  return splits;
}

void write_dataset_dict(const fs::path& folder, const std::vector<std::string>& splits) {
  write_file_atomically(folder / dataset_dict_name, Json{{"splits", splits}}.dump());
}

}  // namespace darkroom
