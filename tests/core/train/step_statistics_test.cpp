// SPDX-License-Identifier: Apache-2.0
#include "core/train/step_statistics.h"

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

TrainLosses losses(std::vector<float> mse, std::vector<float> weight) {
  return {torch::tensor(mse), torch::tensor(weight), torch::tensor(mse)};
}

torch::Tensor whole(std::vector<int64_t> values) { return torch::tensor(values, torch::kInt64); }

/// Reads as equal; NaN equals NaN.
template <size_t N>
bool same_values(const std::array<double, N>& a, const std::array<double, N>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

}  // namespace

class StepStatisticsTest : public QObject {
  Q_OBJECT

 private slots:
  void meansByHand() {
    StepStatistics statistics(torch::kCPU);
    statistics.add(losses({1, 3, 5}, {1, 0.5, 0.25}), whole({0, 99, 999}), whole({0, 2, 2}), 1000);
    const StepStatistics::Reading reading = statistics.read();
    QCOMPARE(reading.loss, (1 + 1.5 + 1.25) / 3);
    QCOMPARE(reading.loss_unweighted, 3.0);
    QVERIFY(!reading.stop);
    QCOMPARE(reading.loss_by_noise[0], 2.0);
    QCOMPARE(reading.loss_by_noise[9], 5.0);
    QCOMPARE(reading.loss_by_source[0], 1.0);
    QCOMPARE(reading.loss_by_source[2], 4.0);
    QCOMPARE(reading.weighted_by_noise[0], 1.25);
    QCOMPARE(reading.weighted_by_noise[9], 1.25);
    QCOMPARE(reading.weighted_by_source[0], 1.0);
    QCOMPARE(reading.weighted_by_source[2], 1.375);
    for (size_t bin = 1; bin < 9; ++bin) {
      QVERIFY(std::isnan(reading.loss_by_noise[bin]));  // not measured is not 0
    }
    QVERIFY(std::isnan(reading.loss_by_source[1]));
  }

  void memoryIsToldRankByRank() {
    StepStatistics here(torch::kCPU);
    StepStatistics there(torch::kCPU);
    here.add_memory(0, {.live = 1.5, .reserved = 0, .peak = 2});
    there.add_memory(1, {.live = 3, .reserved = 4, .peak = 5});
    there.add_memory(max_report_ranks, {.live = 9, .reserved = 9, .peak = 9});
    here.sums().add_(there.sums());  // what the ranks' messages do
    const StepStatistics::Reading reading = here.read();
    QCOMPARE(reading.live_gib[0], 1.5);
    QVERIFY(std::isnan(reading.reserved_gib[0]));
    QCOMPARE(reading.live_gib[1], 3.0);
    QCOMPARE(reading.reserved_gib[1], 4.0);
    QCOMPARE(reading.peak_gib[1], 5.0);
    QVERIFY(std::isnan(reading.live_gib[2]));
  }

  void oneRanksWishForSamplesReachesAll() {
    StepStatistics here(torch::kCPU);
    StepStatistics there(torch::kCPU);
    QVERIFY(!here.read().sample);
    there.vote_sample();
    here.sums().add_(there.sums());
    QVERIFY(here.read().sample);
    QVERIFY(!here.read().stop);
  }

  void theLossIsNotTheSquaredErrorWhereItIsHubers() {
    StepStatistics statistics(torch::kCPU);
    statistics.add({torch::tensor({4.0F}), torch::tensor({0.5F}), torch::tensor({3.0F})}, whole({5}), whole({0}), 1000);
    QCOMPARE(statistics.read().loss, 1.5);
    QCOMPARE(statistics.read().loss_unweighted, 4.0);
    QCOMPARE(statistics.read().loss_by_noise[0], 4.0);
    QCOMPARE(statistics.read().weighted_by_noise[0], 1.5);
  }

  void binsAreTenthsOfTheTrainSteps() {
    for (const int64_t train_steps : {int64_t{1000}, int64_t{7}}) {
      for (int64_t t = 0; t < train_steps; ++t) {
        if (train_steps == 1000 && t % 100 > 0 && t % 100 < 99) {
          continue;
        }
        StepStatistics statistics(torch::kCPU);
        statistics.add(losses({2}, {1}), whole({t}), whole({0}), train_steps);
        const auto bins = statistics.read().loss_by_noise;
        QCOMPARE(bins[static_cast<size_t>(t * noise_bins / train_steps)], 2.0);
        QCOMPARE(std::count_if(bins.begin(), bins.end(), [](double value) { return !std::isnan(value); }), std::ptrdiff_t{1});
      }
    }
  }

  void sourcesBeyondTheLastPlaceShareIt() {
    StepStatistics statistics(torch::kCPU);
    statistics.add(losses({2, 4, 9}, {1, 1, 1}), whole({5, 5, 5}), whole({max_report_sources - 1, max_report_sources + 3, 200}), 1000);
    QCOMPARE(statistics.read().loss_by_source[max_report_sources - 1], 5.0);
  }

  void ranksAndMicroStepsAddUpToTheWhole() {
    StepStatistics whole_step(torch::kCPU);
    whole_step.add(losses({1, 3, 5, 8}, {1, 0.5, 0.25, 1}), whole({0, 99, 999, 500}), whole({0, 1, 1, 0}), 1000);
    StepStatistics first(torch::kCPU);
    first.add(losses({1}, {1}), whole({0}), whole({0}), 1000);
    first.add(losses({5}, {0.25}), whole({999}), whole({1}), 1000);
    StepStatistics second(torch::kCPU);
    second.add(losses({3, 8}, {0.5, 1}), whole({99, 500}), whole({1, 0}), 1000);
    first.sums().add_(second.sums());  // as the ranks' all-reduce
    const auto expected = whole_step.read();
    const auto reading = first.read();
    QCOMPARE(reading.loss, expected.loss);
    QCOMPARE(reading.loss_unweighted, expected.loss_unweighted);
    QVERIFY(same_values(reading.loss_by_noise, expected.loss_by_noise));
    QVERIFY(same_values(reading.loss_by_source, expected.loss_by_source));
  }

  void oneVoteStopsAll() {
    StepStatistics willing(torch::kCPU);
    StepStatistics tired(torch::kCPU);
    tired.vote_stop();
    willing.sums().add_(tired.sums());
    QVERIFY(willing.read().stop);
    QVERIFY(std::isnan(willing.read().loss));  // nothing was added: no loss, not 0
  }

  void lossThatIsNotFiniteShows() {
    StepStatistics statistics(torch::kCPU);
    statistics.add(losses({1, std::numeric_limits<float>::infinity()}, {1, 1}), whole({0, 500}), whole({0, 0}), 1000);
    QVERIFY(!std::isfinite(statistics.read().loss));
  }
};

DARKROOM_TEST(StepStatisticsTest);
#include "step_statistics_test.moc"
