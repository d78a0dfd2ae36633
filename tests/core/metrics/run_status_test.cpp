// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/run_status.h"

#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;

class RunStatusTest : public QObject {
  Q_OBJECT

 private slots:
  void everyFieldSurvivesTheRoundTrip() {
    RunStatus status{"abcd2345", "faces", "/runs/faces", RunState::failed, 12,   400,       0.5, 3, 1, "second", 0.125, 11.5, 60.0,
                     10,         1e9,     2e9,           "rank 1 died",    4711, "parent22"};
    QVERIFY(run_status_from_json(to_json(status), "test") == status);
    QVERIFY(run_status_from_json(to_json(RunStatus()), "test") == RunStatus());
  }

  void everyStateKeepsItsName() {
    for (int i = 0; i <= static_cast<int>(RunState::interrupted); ++i) {
      QCOMPARE(run_state_from_name(run_state_name(static_cast<RunState>(i))), static_cast<RunState>(i));
    }
    QVERIFY_EXCEPTION_THROWN(run_state_from_name("dead"), Error);
    QVERIFY_EXCEPTION_THROWN(run_status_from_json(parse_json(R"({"state": "runing"})", "x"), "test"), Error);
  }
};

DARKROOM_TEST(RunStatusTest);
#include "run_status_test.moc"
