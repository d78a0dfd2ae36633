// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/counter_rng.h"

#include <ATen/Parallel.h>

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

// The inverse of SplitMix64's finaliser, to reach a chosen Philox counter through the public key.
uint64_t unmix(uint64_t x) {
  x = (x ^ (x >> 31) ^ (x >> 62)) * 0x319642B2D24D8EC3ULL;
  x = (x ^ (x >> 27) ^ (x >> 54)) * 0x96DE1B173F119089ULL;
  return x ^ (x >> 30) ^ (x >> 60);
}

// The key of stream 0 whose counter has these upper 64 bits.
RandomKey key_of(uint64_t seed, uint64_t upper_counter) {
  uint64_t mixed_stream = 0x9E3779B97F4A7C15ULL;
  mixed_stream = (mixed_stream ^ (mixed_stream >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mixed_stream = (mixed_stream ^ (mixed_stream >> 27)) * 0x94D049BB133111EBULL;
  mixed_stream ^= mixed_stream >> 31;
  return {seed, 0, (unmix(upper_counter) ^ mixed_stream) - 0xD1B54A32D192ED03ULL};
}

}  // namespace

class CounterRngTest : public QObject {
  Q_OBJECT

 private slots:
  // Known answers of Random123's philox4x32-10; the first two output words make one word here.
  void givesThePublishedPhiloxWords() {
    QCOMPARE(counter_word(key_of(0, 0), 0), uint64_t{0xE169C58D6627E8D5});
    QCOMPARE(counter_word(key_of(~0ULL, ~0ULL), ~0ULL), uint64_t{0x41C83B0E408F276D});
    QCOMPARE(counter_word(key_of(0x299F31D0A4093822, 0x0370734413198A2E), 0x85A308D3243F6A88), uint64_t{0x94FDCCEBD16CFE09});
  }

  void wordsAreBlocksOfTheStream() {
    const RandomKey key{1, 2, 3};
    QVERIFY(counter_word(key, 0) != counter_word(key, 1));
    QCOMPARE(counter_word(key, 5), counter_word({1, 2, 3}, 5));
    QVERIFY(counter_word({2, 2, 3}, 0) != counter_word(key, 0));
    QVERIFY(counter_word({1, 3, 3}, 0) != counter_word(key, 0));
    QVERIFY(counter_word({1, 2, 4}, 0) != counter_word(key, 0));
    QVERIFY(counter_word({1, 3, 2}, 0) != counter_word(key, 0));  // stream and sample are not interchangeable
  }

  void elementsDoNotDependOnTheCount() {
    const RandomKey key{42, 7, 11};
    const torch::Tensor all = counter_normal(100'003, key);
    for (const int64_t count : {1, 2, 3, 4, 5, 4096 * 4 + 1}) {
      QVERIFY(at::equal(counter_normal(count, key), all.narrow(0, 0, count)));
      QVERIFY(at::equal(counter_uniform(count, key), counter_uniform(100'003, key).narrow(0, 0, count)));
    }
  }

  void elementsDoNotDependOnTheNumberOfThreads() {
    const int before = at::get_num_threads();
    at::set_num_threads(1);
    const torch::Tensor one = counter_normal(200'000, {9, 9, 9});
    at::set_num_threads(3);
    const torch::Tensor three = counter_normal(200'000, {9, 9, 9});
    at::set_num_threads(before);
    QVERIFY(at::equal(one, three));
  }

  void samplesOfABatchAreTheSamplesAlone() {
    // A batch is a stack of per-sample streams: how it is split over ranks or micro-steps cannot matter.
    std::vector<torch::Tensor> batch;
    for (uint64_t sample = 0; sample < 4; ++sample) {
      batch.push_back(counter_normal(64, {1, 5, sample}));
    }
    QVERIFY(at::equal(at::stack(batch)[2], counter_normal(64, {1, 5, 2})));
    QVERIFY(!at::equal(batch[0], batch[1]));
  }

  void normalHasMeanZeroAndDeviationOne() {
    const torch::Tensor x = counter_normal(1'000'000, {3, 1, 4}).to(torch::kDouble);
    QVERIFY(std::abs(x.mean().item<double>()) < 5e-3);
    QVERIFY(std::abs(x.std().item<double>() - 1.0) < 5e-3);
    QVERIFY(std::abs(x.pow(4).mean().item<double>() - 3.0) < 0.05);  // kurtosis of a normal distribution
    QVERIFY(x.isfinite().all().item<bool>());
  }

  void uniformFillsTheUnitInterval() {
    const torch::Tensor x = counter_uniform(1'000'000, {3, 1, 4});
    QVERIFY(x.min().item<float>() >= 0.0F);
    QVERIFY(x.max().item<float>() < 1.0F);
    QVERIFY(std::abs(x.mean().item<double>() - 0.5) < 2e-3);
    QVERIFY(std::abs(x.var().item<double>() - 1.0 / 12.0) < 1e-3);
    for (uint64_t i = 0; i < 1000; ++i) {
      const double unit = counter_unit({3, 1, 4}, i);
      QVERIFY(unit >= 0.0 && unit < 1.0);
    }
  }

  void neighbouringKeysAreUncorrelated() {
    const torch::Tensor a = counter_normal(100'000, {1, 1, 1});
    for (const RandomKey& key : {RandomKey{2, 1, 1}, RandomKey{1, 2, 1}, RandomKey{1, 1, 2}}) {
      QVERIFY(std::abs((a * counter_normal(100'000, key)).mean().item<double>()) < 0.02);
    }
  }
};

DARKROOM_TEST(CounterRngTest);
#include "counter_rng_test.moc"
