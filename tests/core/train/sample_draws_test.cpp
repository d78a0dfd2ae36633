// SPDX-License-Identifier: Apache-2.0
#include "core/train/sample_draws.h"

#include <ATen/Parallel.h>

#include <set>
#include <thread>

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

struct Draws {
  int64_t t = 0;
  bool dropped = false;
  torch::Tensor noise;
};

Draws draws_of(const SampleKey& key) {
  return {.t = draw_timestep(key, 1000), .dropped = draw_caption_dropout(key, 0.5), .noise = draw_noise(key, 300)};
}

bool same_draws(const Draws& a, const Draws& b) { return a.t == b.t && a.dropped == b.dropped && torch::equal(a.noise, b.noise); }

double correlation(const torch::Tensor& a, const torch::Tensor& b) { return (a * b).mean().item<double>(); }

}  // namespace

class SampleDrawsTest : public QObject {
  Q_OBJECT

 private slots:
  void drawsDependOnTheKeyAlone() {
    const SampleKey key{.seed = 42, .phase = 1, .order = 123456};
    const Draws expected = draws_of(key);
    // After other draws, in another order, with another global seed, on another thread, and with other numbers of threads.
    at::manual_seed(5);
    draws_of({.seed = 1, .phase = 0, .order = 7});
    QVERIFY(torch::equal(draw_noise(key, 300), expected.noise));
    QVERIFY(same_draws(draws_of(key), expected));
    Draws elsewhere;
    std::thread([&] { elsewhere = draws_of(key); }).join();
    QVERIFY(same_draws(elsewhere, expected));
    const int threads = at::get_num_threads();
    for (const int count : {1, 2}) {
      at::set_num_threads(count);
      QVERIFY(torch::equal(draw_noise(key, 100000).narrow(0, 0, 300), expected.noise));
    }
    at::set_num_threads(threads);
  }

  void seedPhaseAndOrderEachChangeThem() {
    const SampleKey key{.seed = 42, .phase = 1, .order = 9};
    const SampleKey others[] = {{.seed = 43, .phase = 1, .order = 9},
                                {.seed = 42, .phase = 2, .order = 9},
                                {.seed = 42, .phase = 1, .order = 10},
                                {.seed = 42 + (uint64_t{1} << 40), .phase = 1, .order = 9},
                                {.seed = 42, .phase = 1, .order = 9 + (uint64_t{1} << 40)}};
    for (const SampleKey& other : others) {
      QVERIFY(std::abs(correlation(draw_noise(key, 10000), draw_noise(other, 10000))) < 0.05);
    }
    std::set<int64_t> timesteps;
    for (uint64_t order = 0; order < 50; ++order) {
      timesteps.insert(draw_timestep({.seed = 42, .phase = 0, .order = order}, 1000000));
      timesteps.insert(draw_timestep({.seed = 42, .phase = 1, .order = order}, 1000000));
      timesteps.insert(draw_timestep({.seed = 43, .phase = 0, .order = order}, 1000000));
    }
    QVERIFY(timesteps.size() > 145);
  }

  void whoLosesTheCaptionDoesNotFollowTheNoiseLevel() {
    // Each purpose has a stream of its own: were they one, dropped captions would all have low t.
    double sum = 0;
    int dropped = 0;
    for (uint64_t order = 0; order < 20000; ++order) {
      const SampleKey key{.seed = 3, .phase = 0, .order = order};
      if (draw_caption_dropout(key, 0.1)) {
        sum += static_cast<double>(draw_timestep(key, 1000));
        ++dropped;
      }
    }
    QVERIFY(std::abs(sum / dropped - 499.5) < 4 * 288.7 / std::sqrt(dropped));
  }

  void shareOfDroppedCaptionsIsTheOneAskedFor() {
    constexpr int count = 40000;
    for (const double probability : {0.05, 0.1, 0.5}) {
      int dropped = 0;
      for (uint64_t order = 0; order < count; ++order) {
        dropped += draw_caption_dropout({.seed = 42, .phase = 0, .order = order}, probability) ? 1 : 0;
      }
      const double deviation = std::sqrt(probability * (1 - probability) / count);
      QVERIFY2(std::abs(dropped / static_cast<double>(count) - probability) < 4 * deviation, std::to_string(dropped).c_str());
    }
    for (uint64_t order = 0; order < 1000; ++order) {
      QVERIFY(!draw_caption_dropout({.seed = 42, .phase = 0, .order = order}, 0.0));
      QVERIFY(draw_caption_dropout({.seed = 42, .phase = 0, .order = order}, 1.0));
    }
  }

  void timestepsAreUniform() {
    constexpr int count = 40000;
    std::array<int, 10> bins{};
    for (uint64_t order = 0; order < count; ++order) {
      const int64_t t = draw_timestep({.seed = 7, .phase = 0, .order = order}, 1000);
      QVERIFY(t >= 0 && t < 1000);
      ++bins[static_cast<size_t>(t / 100)];
    }
    for (const int bin : bins) {
      QVERIFY2(std::abs(bin - count / 10) < 5 * 60, std::to_string(bin).c_str());  // the deviation is 60
    }
    std::set<int64_t> few;
    for (uint64_t order = 0; order < 200; ++order) {
      few.insert(draw_timestep({.seed = 7, .phase = 0, .order = order}, 3));
    }
    QVERIFY((few == std::set<int64_t>{0, 1, 2}));
    QCOMPARE(draw_timestep({.seed = 7, .phase = 0, .order = 1}, 1), int64_t{0});
  }

  void logitNormalTimestepsAreTheLogisticOfANormal() {
    constexpr int count = 20000;
    for (const auto& [mean, deviation] : {std::pair{0.0, 1.0}, {0.8, 0.5}}) {
      const TimestepRule rule{.spread = TimestepRule::Spread::logit_normal, .mean = mean, .deviation = deviation};
      double sum = 0;
      double squares = 0;
      for (uint64_t order = 0; order < count; ++order) {
        const int64_t t = draw_timestep({.seed = 7, .phase = 0, .order = order}, 1000000, rule);
        QVERIFY(t >= 0 && t < 1000000);
        const double share = (static_cast<double>(t) + 0.5) / 1000000;
        const double logit = std::log(share / (1 - share));
        sum += logit;
        squares += logit * logit;
      }
      QVERIFY(std::abs(sum / count - mean) < 5 * deviation / std::sqrt(count));
      QVERIFY(std::abs(std::sqrt(squares / count - sum * sum / count / count) - deviation) < 0.02);
    }
    PhasePlan phase;
    QVERIFY(timestep_rule_of(phase).spread == TimestepRule::Spread::uniform);
    phase.timestep_sampling = "logit_normal";
    phase.timestep_mean = 0.25;
    phase.timestep_std = 2;
    const TimestepRule rule = timestep_rule_of(phase);
    QVERIFY(rule.spread == TimestepRule::Spread::logit_normal);
    QCOMPARE(rule.mean, 0.25);
    QCOMPARE(rule.deviation, 2.0);
  }

  void offsetsAreOneNormalNumberAChannelApartFromTheNoise() {
    double sum = 0;
    double squares = 0;
    for (uint64_t order = 0; order < 5000; ++order) {
      const SampleKey key{.seed = 42, .phase = 0, .order = order};
      const torch::Tensor offset = draw_offset(key, 4);
      QVERIFY(torch::equal(offset, draw_offset(key, 4)));
      QVERIFY(!torch::equal(offset, draw_noise(key, 4)));
      sum += offset.sum().item<double>();
      squares += offset.square().sum().item<double>();
    }
    QVERIFY(std::abs(sum / 20000) < 4 / std::sqrt(20000.0));
    QVERIFY(std::abs(squares / 20000 - 1) < 0.05);
  }

  void noiseIsStandardNormal() {
    const torch::Tensor noise = draw_noise({.seed = 42, .phase = 0, .order = 5}, 100000);
    QVERIFY(noise.scalar_type() == torch::kFloat32);
    QVERIFY(std::abs(noise.mean().item<double>()) < 4 / std::sqrt(100000.0));
    QVERIFY(std::abs(noise.std().item<double>() - 1) < 0.01);
    QVERIFY(std::abs(noise.pow(4).mean().item<double>() - 3) < 0.1);
    QCOMPARE(draw_noise({}, 7).numel(), int64_t{7});
  }
};

DARKROOM_TEST(SampleDrawsTest);
#include "sample_draws_test.moc"
