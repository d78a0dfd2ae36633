// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/plan_differences.h"

#include "core/base/format.h"

namespace darkroom::app {
namespace {

void collect(const Json& here, const Json& there, const std::string& pointer, QList<PlanDifference>& rows) {
  const auto shown = [](const Json& value) { return value.is_null() ? QStringLiteral("–") : QString::fromStdString(value.dump()); };
  const bool objects = here.is_object() && there.is_object();
  const bool arrays = here.is_array() && there.is_array();
  if (objects) {
    for (const auto& [key, value] : here.items()) {
      collect(value, there.contains(key) ? there.at(key) : Json(), format("{}/{}", pointer, key), rows);
    }
    for (const auto& [key, value] : there.items()) {
      if (!here.contains(key)) {
        collect(Json(), value, format("{}/{}", pointer, key), rows);
      }
    }
  } else if (arrays) {
    for (size_t i = 0; i < std::max(here.size(), there.size()); ++i) {
      collect(i < here.size() ? here[i] : Json(), i < there.size() ? there[i] : Json(), format("{}/{}", pointer, i), rows);
    }
  } else if (here != there) {
    rows << PlanDifference{QString::fromStdString(pointer), shown(here), shown(there)};
  }
}

}  // namespace

QList<PlanDifference> differences(const Json& here, const Json& there) {
  QList<PlanDifference> rows;
  collect(here, there, "", rows);
  return rows;
}

}  // namespace darkroom::app
