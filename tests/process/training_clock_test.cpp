// SPDX-License-Identifier: Apache-2.0
// The wall clock of supervisor and ranks leaps by hours, days and years while they train.
#include <algorithm>

#include "tests/process/engine_traces.h"
#include "tests/process/small_training.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

/// While it lives, programs that are started get the leaping clock.
class LeapingPrograms {
 public:
  LeapingPrograms() { qputenv("LD_PRELOAD", DARKROOM_LEAPING_CLOCK); }
  ~LeapingPrograms() { qunsetenv("LD_PRELOAD"); }
  LeapingPrograms(const LeapingPrograms&) = delete;
  LeapingPrograms& operator=(const LeapingPrograms&) = delete;
};

}  // namespace

class TrainingClockTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    if (qEnvironmentVariableIsSet("LD_PRELOAD")) {
      QSKIP("LD_PRELOAD is in use");
    }
    const QByteArray wrong = training_.make();
    QVERIFY2(wrong.isEmpty(), wrong.constData());
    QVERIFY(!training_.whole_hash().empty());
  }

  void aLeapingClockChangesNeitherBitsNorWhoIsThoughtDead() {
    const QString run = training_.path("leaping");
    {
      const LeapingPrograms leaping;
      const EngineResult half = training_.train(run, 2, {"--max-steps", "4"});
      QVERIFY2(half.exit_code == 0, half.errors.constData());
      const EngineResult rest = training_.train(run);
      QVERIFY2(rest.exit_code == 0, rest.errors.constData());
      QCOMPARE(run_engine({"run", "status", run, "--json"}).last()["state"].get<std::string>(), "done");
    }
    QCOMPARE(SmallTraining::hash_of(run), training_.whole_hash());

    const std::vector<int64_t> steps = SmallTraining::steps_of(run);
    QCOMPARE(steps.size(), static_cast<size_t>(SmallTraining::last_step));
    QVERIFY(std::is_sorted(steps.begin(), steps.end()));
    QVERIFY(SmallTraining::entries(run, JournalEvent::died).empty());
    QVERIFY(SmallTraining::entries(run, JournalEvent::restarted).empty());

    // It did leap: the journal's own order is that of its numbers, its times are not in order.
    std::vector<double> times;
    int64_t seq = 0;
    for (const JournalEntry& entry : Journal((run + "/journal.jsonl").toStdString()).read()) {
      QCOMPARE(entry.seq, ++seq);
      times.push_back(entry.time);
    }
    QVERIFY2(!std::is_sorted(times.begin(), times.end()), "the clock never leapt back: this test shows nothing");

    // What a step took and what is left are told by a clock that does not leap.
    for (const Json& row : json_lines(run + "/metrics.jsonl")) {
      const auto step_ms = row.at("step_ms").get<double>();
      QVERIFY2(step_ms > 0 && step_ms < 60'000, row.dump().c_str());
    }
  }

 private:
  SmallTraining training_;
};

DARKROOM_TEST(TrainingClockTest);
#include "training_clock_test.moc"
