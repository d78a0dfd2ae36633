// SPDX-License-Identifier: Apache-2.0
#include "core/train/training_cursor.h"

#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

const TrainingCursor cursor{.step = 1, .updates = 22, .micro_steps = 333, .images = int64_t{1} << 40, .phase = 5, .phase_batch = 66};

constexpr const char* members[] = {"step", "updates", "micro_steps", "images", "phase", "phase_batch"};

/// What is said about a cursor of which one member was replaced (or, with null, removed).
std::string cursor_refusal(const char* member, const Json& value) {
  Json json = to_json(cursor);
  json.erase(member);
  if (!value.is_null()) {
    json[member] = value;
  }
  try {
    training_cursor_from_json(json, "step_0000001/meta.json");
  } catch (const Error& error) {
    return error.code() == ErrorCode::bad_input ? error.what() : "another code";
  }
  return {};
}

}  // namespace

class TrainingCursorTest : public QObject {
  Q_OBJECT

 private slots:
  void comesBackFromItsJson() {
    QVERIFY(training_cursor_from_json(parse_json(to_json(cursor).dump(), "text"), "text") == cursor);
    QVERIFY(training_cursor_from_json(to_json(TrainingCursor{}), "text") == TrainingCursor{});
    QCOMPARE(to_json(cursor).size(), std::size(members));
  }

  void rejectsAMissingMemberByName() {
    for (const char* member : members) {
      const std::string said = cursor_refusal(member, nullptr);
      QVERIFY2(said.starts_with("step_0000001/meta.json: /cursor/" + std::string(member) + ": expected"), said.c_str());
    }
  }

  void rejectsAWrongMemberByName() {
    const Json wrong[] = {-1, 1.5, 3.0, "7", true, Json::array(), Json::object(), std::numeric_limits<uint64_t>::max()};
    for (const char* member : members) {
      for (const Json& value : wrong) {
        const std::string said = cursor_refusal(member, value);
        QVERIFY2(said.starts_with("step_0000001/meta.json: /cursor/" + std::string(member) + ": expected"),
                 (std::string(member) + " " + value.dump() + " -> " + said).c_str());
      }
    }
  }

  void rejectsWhatIsNoObject() {
    for (const Json& json : {Json(3), Json::array({1, 2}), Json("step"), Json(nullptr)}) {
      try {
        training_cursor_from_json(json, "meta.json");
        QFAIL("accepted");
      } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::bad_input);
        QCOMPARE(std::string(error.what()), std::string("meta.json: /cursor: expected an object"));
      }
    }
  }
};

DARKROOM_TEST(TrainingCursorTest);
#include "training_cursor_test.moc"
