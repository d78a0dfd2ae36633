// SPDX-License-Identifier: Apache-2.0
#include "core/train/gradient_guard.h"

#include <cmath>
#include <limits>

#include "tests/core/model/small_model.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

torch::Tensor norm_of(double value) { return torch::scalar_tensor(value, torch::kFloat64); }

/// What the optimiser is told, and whether the guard says that the step was skipped.
double told(GradientGuard& guard, double norm, int64_t step) {
  const torch::Tensor tensor = norm_of(norm);
  guard.settle(step, guard.judge(tensor));
  return tensor.item<double>();
}

}  // namespace

class GradientGuardTest : public QObject {
  Q_OBJECT

 private slots:
  void ordinaryNormsPassUnchangedAndMakeTheMean() {
    GradientGuard guard({.spike_factor = 3, .warmup_steps = 2}, torch::kCPU);
    QCOMPARE(told(guard, 1, 1), 1.0);
    QCOMPARE(told(guard, 2, 2), 2.0);
    QCOMPARE(guard.record().mean, 1.5);  // of all, while they are few
    QCOMPARE(told(guard, 4, 3), 4.0);
    QCOMPARE(guard.record().mean, 1.5 + (4 - 1.5) / 2);  // then exponential with a memory of two
    QCOMPARE(guard.record().used, int64_t{3});
  }

  void spikeAndWhatIsNotFiniteAreToldAsNaN() {
    GradientGuard guard({.spike_factor = 3, .warmup_steps = 2}, torch::kCPU);
    QCOMPARE(told(guard, 100, 1), 100.0);  // nothing to compare with yet
    QCOMPARE(told(guard, 1, 2), 1.0);
    const double mean = guard.record().mean;
    QCOMPARE(told(guard, 3 * mean, 3), 3 * mean);  // the limit itself passes
    const double now = guard.record().mean;
    QVERIFY(std::isnan(told(guard, std::nextafter(3 * now, 1e9), 4)));
    QVERIFY(std::isnan(told(guard, std::numeric_limits<double>::infinity(), 5)));
    QVERIFY(std::isnan(told(guard, not_a_number, 6)));
    QCOMPARE(guard.record().mean, now);  // they leave no trace in it
    QCOMPARE(guard.record().skipped, int64_t{3});
  }

  void verdictSaysWhy() {
    GradientGuard guard({.spike_factor = 2, .warmup_steps = 1}, torch::kCPU);
    told(guard, 1, 1);
    const auto verdict = guard.settle(2, guard.judge(norm_of(5)));
    QCOMPARE(verdict.skipped, std::string_view("spike"));
    QCOMPARE(verdict.norm, 5.0);
    QCOMPARE(verdict.mean, 1.0);
    QCOMPARE(guard.settle(3, guard.judge(norm_of(not_a_number))).skipped, std::string_view("not_finite"));
    QVERIFY(guard.settle(4, guard.judge(norm_of(1))).skipped.empty());
  }

  void factorOfZeroSkipsOnlyWhatIsNotFinite() {
    GradientGuard guard({.spike_factor = 0, .warmup_steps = 1}, torch::kCPU);
    told(guard, 1, 1);
    QCOMPARE(told(guard, 1e30, 2), 1e30);
    QVERIFY(std::isnan(told(guard, not_a_number, 3)));
  }

  void rollbackIsDueAfterTheStepThatFollowsTheThirdSkip() {
    GradientGuard guard({.skips_in_a_row = 3}, torch::kCPU);
    for (int64_t step = 1; step <= 2; ++step) {
      told(guard, not_a_number, step);
      QVERIFY(!guard.rollback_due(step + 1));
    }
    told(guard, not_a_number, 3);
    QVERIFY(!guard.rollback_due(3));
    QVERIFY(guard.rollback_due(4));
    // A stop in between: the order is part of the record.
    GradientGuard resumed({.skips_in_a_row = 3}, torch::kCPU);
    resumed.restore(guard_record_from_json(to_json(guard.record()), "meta.json"));
    QVERIFY(resumed.rollback_due(4));
  }

  void usedGradientBreaksTheRow() {
    GradientGuard guard({.skips_in_a_row = 2}, torch::kCPU);
    told(guard, not_a_number, 1);
    told(guard, 1, 2);
    told(guard, not_a_number, 3);
    QVERIFY(!guard.rollback_due(4));
  }

  void rateIsLowerForAWhileAfterARollback() {
    GradientGuard guard({.skips_in_a_row = 1, .rate_factor = 0.25, .rate_steps = 3}, torch::kCPU);
    QCOMPARE(guard.rate_factor(1), 1.0);
    told(guard, not_a_number, 10);
    guard.rolled_back(11, {.mean = 2, .used = 7});
    QCOMPARE(guard.rate_factor(12), 0.25);
    QCOMPARE(guard.rate_factor(14), 0.25);
    QCOMPARE(guard.rate_factor(15), 1.0);
    QCOMPARE(guard.record().mean, 2.0);
    QCOMPARE(guard.record().skipped, int64_t{0});
    QVERIFY(!guard.rollback_due(12));
  }

  void newPhaseLearnsTheUsualLengthAnew() {
    GradientGuard guard({.spike_factor = 2, .warmup_steps = 1}, torch::kCPU);
    told(guard, 1, 1);
    guard.begin_phase();
    QCOMPARE(told(guard, 50, 2), 50.0);
  }

  void recordIsReadBackToTheBitAndChecked() {
    const GuardRecord record{.mean = 0.1 + 0.2, .used = 1, .skipped = 2, .rate_until = 3, .rollback_at = 4, .rollbacks = 5, .anchor = 6};
    QCOMPARE(guard_record_from_json(Json::parse(to_json(record).dump()), "meta.json"), record);
    const Json whole = to_json(record);
    for (const auto& [name, value] : whole.items()) {
      Json lacking = whole;
      lacking.erase(name);
      const std::string said = error_of([&] { guard_record_from_json(lacking, "meta.json"); });
      QVERIFY2(said.find("/guard/" + name) != std::string::npos, said.c_str());
    }
  }

  void wrongTensorsAreRefused() {
    const torch::Tensor state = torch::zeros({guard_places}, torch::kFloat64);
    QVERIFY_EXCEPTION_THROWN(guard_gradient(torch::zeros({1}, torch::kFloat64), state, {}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(guard_gradient(norm_of(1), state.to(torch::kFloat32), {}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(guard_gradient(norm_of(1), state, {.memory_steps = 0}), std::invalid_argument);
  }
};

DARKROOM_TEST(GradientGuardTest);
#include "gradient_guard_test.moc"
