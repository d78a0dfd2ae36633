// SPDX-License-Identifier: Apache-2.0
// The rule itself is held against a loop of torch in tests/core/train/training_parity_test.
#include "core/kernels/adamw8bit.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "core/kernels/grad_norm.h"
#include "core/tensor/counter_rng.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

torch::Tensor normal(int64_t count, uint64_t stream) { return counter_normal(count, {.seed = 3, .stream = stream, .sample = 0}); }

/// Blocks of a slot of 600 elements and one of 10 behind a gap.
QuantizedMoments two_slots() {
  return zero_moments(704, torch::tensor({0, 256, 512, 640}, torch::kInt64), torch::tensor({256, 256, 88, 10}, torch::kInt64), torch::kCPU);
}

AdamwEmaBuffers random_buffers(int64_t count) {
  return {.master = normal(count, 1), .gradient = torch::zeros({count}), .exp_avg = {}, .exp_avg_sq = {}, .ema = normal(count, 1)};
}

torch::Tensor decoded(const torch::Tensor& bytes, const torch::Tensor& scale, const torch::Tensor& code) {
  torch::Tensor values = code.index_select(0, bytes.to(torch::kInt64));
  values.slice(0, 0, 256).mul_(scale[0]);
  values.slice(0, 256, 512).mul_(scale[1]);
  values.slice(0, 512, 600).mul_(scale[2]);
  values.slice(0, 640, 650).mul_(scale[3]);
  return values;
}

}  // namespace

class Adamw8bitTest : public QObject {
  Q_OBJECT

 private slots:
  void codesRiseFromEndToEndAndHoldZeroAndOne() {
    for (const bool is_signed : {true, false}) {
      const std::array<float, 256> code = dynamic_code(is_signed);
      QVERIFY(std::is_sorted(code.begin(), code.end()));
      QVERIFY(std::adjacent_find(code.begin(), code.end()) == code.end());
      QVERIFY(std::find(code.begin(), code.end(), 0.0F) != code.end());
      QCOMPARE(code.back(), 1.0F);
      QVERIFY(std::abs(code.front() - (is_signed ? -0.99296875F : 0.0F)) < 1e-6F);
    }
    // The smallest that is not zero: the middle of 0.1 … 1 millionth, or of its lower half.
    QVERIFY(std::abs(dynamic_code(true)[128] - 0.55e-6F) < 1e-11F);
    QVERIFY(std::abs(dynamic_code(false)[1] - 0.325e-6F) < 1e-11F);
  }

  void followsAdamwWithinWhatAByteHolds() {
    const QuantizedMoments moments = two_slots();
    AdamwEmaBuffers bytes = random_buffers(704);
    AdamwEmaBuffers exact = random_buffers(704);
    exact.exp_avg = torch::zeros({704});
    exact.exp_avg_sq = torch::zeros({704});
    const torch::Tensor start = bytes.master.clone();
    for (int64_t step = 1; step <= 8; ++step) {
      torch::Tensor gradient = normal(704, 10 + static_cast<uint64_t>(step));
      gradient.slice(0, 600, 640).zero_();
      gradient.slice(0, 650, 704).zero_();
      bytes.gradient.copy_(gradient);
      exact.gradient.copy_(gradient);
      const torch::Tensor norm = grad_norm(gradient);
      adamw8bit_step(bytes, moments, {.lr = 0.01, .weight_decay = 0.01, .step = step, .clip_norm = 1, .ema_decay = 0.9}, norm);
      adamw_ema_step(exact, {.lr = 0.01, .weight_decay = 0.01, .step = step, .clip_norm = 1, .ema_decay = 0.9}, norm);
      QVERIFY(bytes.gradient.eq(0).all().item<bool>());
    }
    const auto in_slots = [](const torch::Tensor& t) { return torch::cat({t.slice(0, 0, 600), t.slice(0, 640, 650)}); };
    const torch::Tensor moved = in_slots(exact.master - start);
    const torch::Tensor apart = in_slots(bytes.master - exact.master);
    QVERIFY((apart.norm() / moved.norm()).item<double>() < 0.05);
    QVERIFY(apart.abs().max().item<double>() > 0);  // it is not the same thing
    const torch::Tensor m = decoded(moments.exp_avg, moments.exp_avg_scale, moments.signed_code);
    QVERIFY((in_slots(m - exact.exp_avg).norm() / in_slots(exact.exp_avg).norm()).item<double>() < 0.03);
    QVERIFY(torch::equal(bytes.master.slice(0, 600, 640), start.slice(0, 600, 640)));  // the gap
    QVERIFY((in_slots(bytes.ema - exact.ema).norm() / in_slots(exact.ema - start).norm()).item<double>() < 0.05);
  }

  void firstStepByHand() {
    // As AdamW's: each weight moves by lr against its gradient's sign, whatever the byte will be.
    const QuantizedMoments moments = zero_moments(3, torch::tensor({0}, torch::kInt64), torch::tensor({3}, torch::kInt64), torch::kCPU);
    AdamwEmaBuffers buffers{.master = torch::tensor({1.0F, -1.0F, 0.5F}),
                            .gradient = torch::tensor({0.25F, -4.0F, 0.0F}),
                            .exp_avg = {},
                            .exp_avg_sq = {},
                            .ema = torch::tensor({1.0F, -1.0F, 0.5F})};
    adamw8bit_step(buffers, moments, {.lr = 0.1, .step = 1, .ema_decay = 0.5}, grad_norm(buffers.gradient));
    QVERIFY(torch::allclose(buffers.master, torch::tensor({0.9F, -0.9F, 0.5F}), 1e-6, 1e-6));
    QVERIFY(torch::allclose(moments.exp_avg_scale, torch::tensor({0.4F}), 1e-6));
    QVERIFY(torch::allclose(moments.exp_avg_sq_scale, torch::tensor({0.016F}), 1e-5));
    QCOMPARE(moments.exp_avg_sq[1].item<int>(), 255);
    QVERIFY(moments.exp_avg_sq[0].item<int>() > 0);
    QCOMPARE(moments.exp_avg_sq[2].item<int>(), 0);
  }

  void aSmallSecondMomentIsNeverTakenForNone() {
    const QuantizedMoments moments = zero_moments(2, torch::tensor({0}, torch::kInt64), torch::tensor({2}, torch::kInt64), torch::kCPU);
    AdamwEmaBuffers buffers{.master = torch::zeros({2}),
                            .gradient = torch::tensor({1000.0F, 1e-3F}),
                            .exp_avg = {},
                            .exp_avg_sq = {},
                            .ema = torch::zeros({2})};
    adamw8bit_step(buffers, moments, {.lr = 1e-3, .step = 1}, grad_norm(buffers.gradient));
    QCOMPARE(moments.exp_avg_sq[1].item<int>(), 1);
  }

  void gradientThatIsNotFiniteChangesNothing() {
    const QuantizedMoments moments = two_slots();
    AdamwEmaBuffers buffers = random_buffers(704);
    buffers.working = torch::zeros({704}, torch::kBFloat16);
    const torch::Tensor start = buffers.master.clone();
    buffers.gradient.fill_(1);
    buffers.gradient[5] = std::numeric_limits<float>::quiet_NaN();
    adamw8bit_step(buffers, moments, {.lr = 0.1, .step = 1, .clip_norm = 1}, grad_norm(buffers.gradient));
    QVERIFY(torch::equal(buffers.master, start));
    QVERIFY(moments.exp_avg_scale.eq(0).all().item<bool>());
    QVERIFY(buffers.gradient.eq(0).all().item<bool>());
    buffers.gradient.fill_(1);
    adamw8bit_step(buffers, moments, {.lr = 0.1, .step = 1}, grad_norm(buffers.gradient));
    QVERIFY(torch::equal(buffers.working->slice(0, 0, 600), buffers.master.slice(0, 0, 600).to(torch::kBFloat16)));
  }

  void resultsDoNotDependOnThreads() {
    std::vector<torch::Tensor> results;
    const int threads = at::get_num_threads();
    constexpr int64_t count = 256 * 300;
    for (const int used : {1, 2}) {
      at::set_num_threads(used);
      const QuantizedMoments moments =
          zero_moments(count, torch::arange(0, count, 256), torch::full({count / 256}, 256, torch::kInt64), torch::kCPU);
      AdamwEmaBuffers buffers = random_buffers(count);
      for (int64_t step = 1; step <= 2; ++step) {
        buffers.gradient.copy_(normal(count, 50 + static_cast<uint64_t>(step)));
        adamw8bit_step(buffers, moments, {.lr = 0.1, .step = step}, grad_norm(buffers.gradient));
      }
      results.push_back(buffers.master);
    }
    at::set_num_threads(threads);
    QVERIFY(torch::equal(results[0], results[1]));
  }

  void rejectsWhatDoesNotFit() {
    QVERIFY_EXCEPTION_THROWN(zero_moments(10, torch::tensor({0}, torch::kInt64), torch::tensor({11}, torch::kInt64), torch::kCPU),
                             std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(zero_moments(600, torch::tensor({0}, torch::kInt64), torch::tensor({257}, torch::kInt64), torch::kCPU),
                             std::invalid_argument);
    const QuantizedMoments moments = two_slots();
    const AdamwEmaBuffers buffers = random_buffers(704);
    const torch::Tensor norm = grad_norm(buffers.gradient);
    QVERIFY_EXCEPTION_THROWN(adamw8bit_step(buffers, moments, {.step = 0}, norm), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(adamw8bit_step(random_buffers(700), moments, {}, norm), std::invalid_argument);
  }
};

DARKROOM_TEST(Adamw8bitTest);
#include "adamw8bit_test.moc"
