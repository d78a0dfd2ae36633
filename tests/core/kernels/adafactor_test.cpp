// SPDX-License-Identifier: Apache-2.0
// Twenty steps beside transformers' Adafactor: tests/core/train/training_parity_test. Here the formula by hand and its edges.
#include "core/kernels/adafactor.h"

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

AdafactorSlot matrix() {
  return {.weight = torch::ones({2, 3}),
          .gradient = torch::tensor({1.0F, 2.0F, 3.0F, 2.0F, 4.0F, 6.0F}).view({2, 3}),
          .row = torch::zeros({2}),
          .column = torch::zeros({3}),
          .whole = {}};
}

torch::Tensor norm_of(const AdafactorSlot& slot) { return slot.gradient.to(torch::kFloat64).norm(); }

}  // namespace

class AdafactorTest : public QObject {
  Q_OBJECT

 private slots:
  void aMatrixOfRankOneIsFactoredWithoutLoss() {
    // g^2 is an outer product, so g / sqrt(V) is 1 everywhere; its root mean square is 1, and nothing is clipped.
    const AdafactorSlot slot = matrix();
    adafactor_step(slot, {.lr = 0.1, .weight_decay = 0.5, .step = 1}, step_gate(norm_of(slot), 0));
    QVERIFY(torch::allclose(slot.row, torch::tensor({14.0F / 3, 56.0F / 3}), 1e-6));
    QVERIFY(torch::allclose(slot.column, torch::tensor({2.5F, 10.0F, 22.5F}), 1e-6));
    QVERIFY(torch::allclose(slot.weight, torch::full({2, 3}, 1 - 0.1 * 0.5 - 0.1), 1e-5, 1e-6));
  }

  void memoryOfTheSecondStepIsOneMinusItsPower() {
    const AdafactorSlot slot{
        .weight = torch::zeros({2}), .gradient = torch::tensor({1.0F, 1.0F}), .row = {}, .column = {}, .whole = torch::zeros({2})};
    adafactor_step(slot, {.lr = 0.1, .step = 1}, step_gate(norm_of(slot), 0));
    slot.gradient.fill_(3);
    adafactor_step(slot, {.lr = 0.1, .step = 2}, step_gate(norm_of(slot), 0));
    const double fresh = std::pow(2.0, -0.8);
    QVERIFY(torch::allclose(slot.whole, torch::full({2}, 1 - fresh + fresh * 9), 1e-5));
    // 3 / sqrt(V) is above 1 in root mean square: clipped to 1.
    QVERIFY(torch::allclose(slot.weight, torch::full({2}, -0.2), 1e-5));
  }

  void aTighterClipTakesSmallerSteps() {
    const AdafactorSlot slot = matrix();
    adafactor_step(slot, {.lr = 0.1, .update_clip = 0.25, .step = 1}, step_gate(norm_of(slot), 0));
    QVERIFY(torch::allclose(slot.weight, torch::full({2, 3}, 1 - 0.025), 1e-5, 1e-6));
  }

  void theGradientsScaleCountsForTheStateAlone() {
    const AdafactorSlot clipped = matrix();
    adafactor_step(clipped, {.lr = 0.1, .step = 1}, step_gate(norm_of(clipped), 1.0));
    const AdafactorSlot whole = matrix();
    adafactor_step(whole, {.lr = 0.1, .step = 1}, step_gate(norm_of(whole), 0));
    QVERIFY(torch::allclose(clipped.weight, whole.weight, 1e-5));
    QVERIFY(torch::allclose(clipped.row * 70, whole.row, 1e-4));  // the norm is sqrt(70)
  }

  void gradientThatIsNotFiniteChangesNothing() {
    for (const int64_t step : {1, 2}) {
      const AdafactorSlot slot = matrix();
      if (step == 2) {
        adafactor_step(slot, {.lr = 0.1, .step = 1}, step_gate(norm_of(slot), 1));
      }
      const torch::Tensor weight = slot.weight.clone();
      const torch::Tensor row = slot.row.clone();
      slot.gradient[1][2] = std::numeric_limits<float>::quiet_NaN();
      adafactor_step(slot, {.lr = 0.1, .weight_decay = 0.1, .step = step}, step_gate(norm_of(slot), 1));
      QVERIFY(torch::equal(slot.weight, weight));
      QVERIFY(torch::equal(slot.row, row));
    }
  }

  void rejectsAStateThatDoesNotFit() {
    AdafactorSlot slot = matrix();
    const StepGate gate = step_gate(norm_of(slot), 0);
    QVERIFY_EXCEPTION_THROWN(adafactor_step(slot, {.step = 0}, gate), std::invalid_argument);
    slot.row = torch::zeros({3});
    QVERIFY_EXCEPTION_THROWN(adafactor_step(slot, {.step = 1}, gate), std::invalid_argument);
  }
};

DARKROOM_TEST(AdafactorTest);
#include "adafactor_test.moc"
