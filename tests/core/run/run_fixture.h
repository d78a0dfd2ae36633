// SPDX-License-Identifier: Apache-2.0
// A run directory with a small plan, for the tests of this folder.
#pragma once

#include <QTemporaryDir>
#include <string>

#include "core/run/run_directory.h"

namespace darkroom::test {

inline TrainingPlan small_plan() {
  TrainingPlan plan;
  plan.name = "small";
  plan.model.vae = "pocket";
  plan.model.text_encoder = "pocket";
  plan.phases.push_back({.name = "first", .epochs = 2, .sources = {{.dataset = "/data/a"}}});
  plan.phases.push_back({.name = "second", .epochs = 3, .sources = {{.dataset = "/data/b"}}});
  return plan;
}

inline std::filesystem::path path_of(const QTemporaryDir& folder) { return folder.path().toStdString(); }

inline RunDirectory make_run(const QTemporaryDir& folder, const std::string& name = "run") {
  return RunDirectory::create(path_of(folder) / name, small_plan(), "", "0.1.0");
}

}  // namespace darkroom::test
