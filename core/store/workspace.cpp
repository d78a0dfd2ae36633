// SPDX-License-Identifier: Apache-2.0
#include "core/store/workspace.h"

#include <cstdlib>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/json_reader.h"
#include "core/base/wall_clock.h"

namespace darkroom {
namespace fs = std::filesystem;
namespace {

constexpr int64_t workspace_version = 1;

}  // namespace

Workspace::Workspace(const fs::path& folder) : folder_(fs::absolute(folder).lexically_normal()) {
  if (!folder_.has_filename()) {
    folder_ = folder_.parent_path();  // "workspace/" is "workspace"
  }
  for (const fs::path& part : {images(), datasets(), plans(), runs(), models()}) {
    std::error_code error;
    fs::create_directories(part, error);
    if (error) {
      fail(ErrorCode::io, "{}: cannot make the folder: {}", part.string(), error.message());
    }
  }
  if (!fs::exists(settings_file())) {
    name_ = folder_.filename().string();
    created_ = wall_seconds();
    save();
    return;
  }
  std::vector<Problem> problems;
  const Json json = read_json_file(settings_file());
  JsonReader reader(json, "", problems);
  int64_t version = workspace_version;
  reader.require("darkroom_workspace");
  reader.read("darkroom_workspace", version, 1);
  if (version > workspace_version) {
    reader.problem("darkroom_workspace",
                   format("version {} was written by a newer Darkroom; this one knows {}", version, workspace_version));
  }
  reader.read("name", name_);
  reader.read("created", created_);
  settings_ = reader.object("settings");
  if (!problems.empty()) {
    fail(ErrorCode::bad_input, "{}: {}: {}", settings_file().string(), problems[0].pointer, problems[0].message);
  }
}

fs::path Workspace::default_folder() {
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data != '\0') {
    return fs::path(data) / "darkroom" / "workspace";
  }
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr && *home != '\0' ? home : ".") / ".local" / "share" / "darkroom" / "workspace";
}

void Workspace::save_settings(const Json& settings) {
  settings_ = settings;
  save();
}

void Workspace::save() const {
  const Json json{{"darkroom_workspace", workspace_version}, {"name", name_}, {"created", created_}, {"settings", settings_}};
  write_file_atomically(settings_file(), json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::string Workspace::stored_path(const fs::path& path) const {
  const fs::path absolute = fs::absolute(path).lexically_normal();
  const fs::path relative = absolute.lexically_relative(folder_);
  const bool inside = !relative.empty() && *relative.begin() != "..";
  return (inside ? relative : absolute).generic_string();
}

fs::path Workspace::absolute_path(const std::string& stored) const {
  const fs::path path(stored);
  return path.is_absolute() ? path : (folder_ / path).lexically_normal();
}

}  // namespace darkroom
