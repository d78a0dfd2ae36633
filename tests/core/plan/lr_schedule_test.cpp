// SPDX-License-Identifier: Apache-2.0
#include "core/plan/lr_schedule.h"

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

// Ten steps up from a tenth of the peak, a hundred down to a twentieth.
const LearningRateSchedule cosine{.peak = 1e-4, .warmup_steps = 10, .total_steps = 110, .warmup_from = 0.1, .floor = 0.05};

bool near(double actual, double expected) { return std::abs(actual - expected) < 1e-15; }

}  // namespace

class LrScheduleTest : public QObject {
  Q_OBJECT

 private slots:
  void warmsUpInAStraightLine() {
    QVERIFY(near(cosine.at(0), 1e-5));
    QVERIFY(near(cosine.at(5), 5.5e-5));
    QVERIFY(near(cosine.at(9), 9.1e-5));
    QVERIFY(near(cosine.at(10), 1e-4));
  }

  void fallsAlongACosine() {
    // 0.05 + 0.95 (1 + cos(pi p)) / 2 of the peak, with p a quarter, a half and three quarters.
    QVERIFY(near(cosine.at(35), 8.6087572106361e-5));
    QVERIFY(near(cosine.at(60), 5.25e-5));
    QVERIFY(near(cosine.at(85), 1.8912427893639e-5));
  }

  void staysAtTheFloorPastTheEnd() {
    QVERIFY(near(cosine.at(110), 5e-6));
    for (const int64_t step : {111, 160, 210, 310, 1000000}) {  // 210 and 310: where a cosine that went on would be at its peak and floor
      QCOMPARE(cosine.at(step), cosine.at(110));
    }
  }

  void neverRisesAfterTheWarmUp() {
    for (int64_t step = 10; step < 400; ++step) {
      QVERIFY(cosine.at(step + 1) <= cosine.at(step));
    }
  }

  void constantHoldsThePeak() {
    LearningRateSchedule constant = cosine;
    constant.curve = RateCurve::constant;
    QVERIFY(near(constant.at(5), 5.5e-5));
    QCOMPARE(constant.at(10), 1e-4);
    QCOMPARE(constant.at(100000), 1e-4);
  }

  void linearAndPolynomialFallToTheFloor() {
    LearningRateSchedule line = cosine;
    line.curve = RateCurve::linear;
    QVERIFY(near(line.at(5), 5.5e-5));
    QVERIFY(near(line.at(10), 1e-4));
    QVERIFY(near(line.at(35), 1e-4 * (0.05 + 0.95 * 0.75)));
    QVERIFY(near(line.at(110), 5e-6));
    QCOMPARE(line.at(5000), line.at(110));
    LearningRateSchedule curve = cosine;
    curve.curve = RateCurve::polynomial;
    curve.power = 2;
    QVERIFY(near(curve.at(60), 1e-4 * (0.05 + 0.95 * 0.25)));
    QVERIFY(near(curve.at(110), 5e-6));
    QCOMPARE(curve.at(5000), curve.at(110));
    curve.power = 1;
    QCOMPARE(curve.at(47), line.at(47));
  }

  void withoutWarmUpItStartsAtThePeak() {
    QCOMPARE((LearningRateSchedule{.peak = 2e-4, .total_steps = 100}.at(0)), 2e-4);
    QVERIFY((LearningRateSchedule{.peak = 2e-4, .total_steps = 100}.at(100)) < 1e-18);
  }

  void aWarmUpAsLongAsThePhaseIsOnlyAWarmUp() {
    const LearningRateSchedule schedule{.peak = 1, .warmup_steps = 4, .total_steps = 4};
    QCOMPARE(schedule.at(0), 0.0);
    QCOMPARE(schedule.at(3), 0.75);
    QVERIFY(std::isfinite(schedule.at(4)) && schedule.at(4) <= 1);
  }

  void everyValueComesFromThePlan() {
    PhasePlan phase;
    phase.peak_lr = 3e-4;
    phase.warmup_steps = 7;
    phase.warmup_from = 0.25;
    phase.floor = 0.125;
    phase.schedule = "cosine";
    const LearningRateSchedule schedule = lr_schedule_of(phase, 42);
    QCOMPARE(schedule.at(0), 3e-4 * 0.25);
    QCOMPARE(schedule.at(7), 3e-4);
    QVERIFY(schedule.at(41) > schedule.at(42));
    QVERIFY(near(schedule.at(42), 3e-4 * 0.125));
    phase.schedule = "constant";
    QCOMPARE(lr_schedule_of(phase, 42).at(42), 3e-4);
    phase.schedule = "linear";
    QVERIFY(lr_schedule_of(phase, 42).curve == RateCurve::linear);
    phase.schedule = "polynomial";
    phase.schedule_power = 2.5;
    QVERIFY(lr_schedule_of(phase, 42).curve == RateCurve::polynomial);
    QCOMPARE(lr_schedule_of(phase, 42).power, 2.5);
    phase.schedule = "steps";
    QVERIFY_EXCEPTION_THROWN(lr_schedule_of(phase, 42), std::invalid_argument);
  }

  void rejectsAStepBeforeTheFirst() { QVERIFY_EXCEPTION_THROWN(cosine.at(-1), std::invalid_argument); }
};

DARKROOM_TEST(LrScheduleTest);
#include "lr_schedule_test.moc"
