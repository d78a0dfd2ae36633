// SPDX-License-Identifier: Apache-2.0
#include "core/train/training_cursor.h"

#include "core/base/format.h"

namespace darkroom {
namespace {

int64_t member(const Json& json, const char* name, std::string_view where) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_integer() || found->get<int64_t>() < 0) {
    fail(ErrorCode::bad_input, "{}: /cursor/{}: expected a whole number from 0", where, name);
  }
  return found->get<int64_t>();
}

}  // namespace

Json to_json(const TrainingCursor& cursor) {
  return {{"step", cursor.step},     {"updates", cursor.updates}, {"micro_steps", cursor.micro_steps},
          {"images", cursor.images}, {"phase", cursor.phase},     {"phase_batch", cursor.phase_batch}};
}

TrainingCursor training_cursor_from_json(const Json& json, std::string_view where) {
  if (!json.is_object()) {
    fail(ErrorCode::bad_input, "{}: /cursor: expected an object", where);
  }
  return {.step = member(json, "step", where),
          .updates = member(json, "updates", where),
          .micro_steps = member(json, "micro_steps", where),
          .images = member(json, "images", where),
          .phase = member(json, "phase", where),
          .phase_batch = member(json, "phase_batch", where)};
}

}  // namespace darkroom
