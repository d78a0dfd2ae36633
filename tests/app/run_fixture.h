// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/plan/plan_templates.h"
#include "core/run/run_directory.h"
#include "tests/app/studio_fixture.h"

namespace darkroom::app::fixture {

/// A run of the demo plan that has not begun.
inline RunDirectory makeRun(const QString& path) {
  fakeEngine();  // sets where the resources lie
  return RunDirectory::create(path.toStdString(), plan_template("pocket_demo"), "demo", "test");
}

}  // namespace darkroom::app::fixture
