// SPDX-License-Identifier: Apache-2.0
// A workspace: a folder with everything that the studio makes. workspace.json, index.sqlite, images/, datasets/, plans/, runs/,
// models/, and masks/ once one was painted.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/json.h"

namespace darkroom {

/// Paths and settings of a workspace. Thread-safe but for save_settings.
class Workspace {
 public:
  /// Opens, and makes what is missing of its layout.
  /// throws  Error{bad_input} when workspace.json cannot be understood or a newer Darkroom wrote it; Error{io}
  explicit Workspace(const std::filesystem::path& folder);

  /// In the user's data folder: $XDG_DATA_HOME, else ~/.local/share, and there darkroom/workspace.
  static std::filesystem::path default_folder();

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path settings_file() const { return folder_ / "workspace.json"; }
  std::filesystem::path index_file() const { return folder_ / "index.sqlite"; }
  std::filesystem::path images() const { return folder_ / "images"; }
  std::filesystem::path datasets() const { return folder_ / "datasets"; }
  std::filesystem::path plans() const { return folder_ / "plans"; }
  std::filesystem::path runs() const { return folder_ / "runs"; }
  std::filesystem::path models() const { return folder_ / "models"; }
  /// Of inpainting, named after their content; made when the first one comes.
  std::filesystem::path masks() const { return folder_ / "masks"; }

  const std::string& name() const { return name_; }
  /// What the studio keeps for this workspace (last page, last options …); an object.
  const Json& settings() const { return settings_; }
  /// Atomic. throws Error{io}
  void save_settings(const Json& settings);

  /// `path` relative to the workspace when it lies inside, else as it is; with forward slashes.
  std::string stored_path(const std::filesystem::path& path) const;
  /// The inverse.
  std::filesystem::path absolute_path(const std::string& stored) const;

 private:
  void save() const;

  std::filesystem::path folder_;
  std::string name_;
  double created_ = 0;
  Json settings_ = Json::object();
};

}  // namespace darkroom
