// SPDX-License-Identifier: Apache-2.0
#include "core/train/step_cost.h"

#include <array>
#include <thread>

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

/// As the pocket model, `width` times as wide.
UNetConfig small_unet(int64_t width, UNetLayout layout = UNetLayout::diffusers) {
  UNetConfig config;
  config.layout = layout;
  config.cross_attention_dim = 48 * width;
  config.norm_num_groups = 8;
  config.levels = {{.channels = 16 * width, .layers = 1, .heads = 2, .attention_down = false, .attention_up = false},
                   {.channels = 32 * width, .layers = 2, .heads = 4},
                   {.channels = 48 * width, .layers = 1, .heads = 4}};
  return config;
}

}  // namespace

class StepCostTest : public QObject {
  Q_OBJECT

 private slots:
  void predictedMemoryIsThatOfARealStep_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<bool>("scratch");
    QTest::addColumn<int>("batch");
    QTest::addColumn<bool>("bf16");
    QTest::addColumn<bool>("recompute");
    QTest::addColumn<bool>("contiguous");
    QTest::newRow("small") << 1 << false << 6 << false << false << false;
    QTest::newRow("medium") << 3 << false << 4 << false << false << false;
    QTest::newRow("large") << 6 << false << 2 << false << false << false;
    QTest::newRow("medium, recomputed") << 3 << false << 4 << false << true << false;
    QTest::newRow("medium, contiguous") << 3 << false << 4 << false << false << true;
    QTest::newRow("small, bf16") << 1 << false << 2 << true << false << false;
    QTest::newRow("medium, the source run's layout") << 3 << true << 4 << false << false << false;
  }
  void predictedMemoryIsThatOfARealStep() {
    QFETCH(int, width);
    QFETCH(bool, scratch);
    QFETCH(int, batch);
    QFETCH(bool, bf16);
    QFETCH(bool, recompute);
    QFETCH(bool, contiguous);
    const UNetConfig config = small_unet(width, scratch ? UNetLayout::scratch : UNetLayout::diffusers);
    const StepShape shape{.batch = batch,
                          .latent = {4, 16, 16},
                          .dtype = bf16 ? torch::kBFloat16 : torch::kFloat32,
                          .memory = contiguous ? ConvolutionMemory::contiguous : ConvolutionMemory::channels_last,
                          .recompute = recompute};
    const StepCost predicted = predict_step(config, shape);
    const StepMeasurement measured = measure_step(config, shape, torch::kCPU, 1);
    const auto off = [](int64_t counted, int64_t seen) { return std::abs(static_cast<double>(counted) / static_cast<double>(seen) - 1); };
    const int64_t activations = measured.peak_bytes - predicted.buffer_bytes();
    const QString numbers =
        QString("predicted %1 + %2, measured %3").arg(predicted.buffer_bytes()).arg(predicted.activation_bytes).arg(measured.peak_bytes);
    QVERIFY2(off(predicted.total_bytes(), measured.peak_bytes) < 0.05, qPrintable(numbers));
    QVERIFY2(off(predicted.activation_bytes, activations) < 0.07, qPrintable(numbers));
  }

  void stableDiffusionTakesNoMemoryToForecast() {
    const AllocationCounter counter;
    const StepShape kept{.batch = 24, .latent = {4, 64, 64}, .dtype = torch::kBFloat16};
    StepShape recomputed = kept;
    recomputed.recompute = true;
    const StepCost all = predict_step(sd15_unet_config(), kept);
    const StepCost less = predict_step(sd15_unet_config(), recomputed);
    QVERIFY(counter.peak_bytes() < int64_t{64} << 20);
    QVERIFY(all.weight_bytes >= int64_t{4} * 859'520'964 && all.weight_bytes < int64_t{4} * 860'000'000);
    QVERIFY(less.activation_bytes < all.activation_bytes * 6 / 10);  // the recipe's 40 % less, at least
    QVERIFY(less.flops > all.flops * 1.2 && less.flops < all.flops * 4 / 3 + 1);
    // A forward pass of SD 1.5 is 0.8 TFLOP an image; forward and backward are three times that.
    QVERIFY(std::abs(all.flops / 24 / 2.4e12 - 1) < 0.1);
  }

  void otherOptimisersTakeOtherMemory() {
    const UNetConfig config = small_unet(1);
    StepShape shape{.batch = 1, .latent = {4, 16, 16}};
    const StepCost adamw = predict_step(config, shape);
    shape.optimizer.name = "adamw8bit";
    shape.emas = 2;
    const StepCost small = predict_step(config, shape);
    QVERIFY(small.optimizer_bytes * 3 < adamw.optimizer_bytes);
    QCOMPARE(small.ema_bytes, 2 * adamw.ema_bytes);
    const StepMeasurement measured = measure_step(config, shape, torch::kCPU, 1);
    QVERIFY(std::abs(static_cast<double>(small.total_bytes()) / static_cast<double>(measured.peak_bytes) - 1) < 0.05);
  }

  void ranksThatAreThreadsForecastInTurn() {
    const UNetConfig config = small_unet(1);
    const StepShape shape{.batch = 2, .latent = {4, 16, 16}};
    const StepCost alone = predict_step(config, shape);
    std::array<StepCost, 2> made;
    std::thread other([&] { made[1] = predict_step(config, shape); });
    made[0] = predict_step(config, shape);
    other.join();
    for (const StepCost& cost : made) {
      QCOMPARE(cost.activation_bytes, alone.activation_bytes);
      QCOMPARE(cost.flops, alone.flops);
    }
  }
};

DARKROOM_TEST(StepCostTest);
#include "step_cost_test.moc"
