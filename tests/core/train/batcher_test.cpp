// SPDX-License-Identifier: Apache-2.0
#include "core/train/batcher.h"

#include <QTemporaryDir>
#include <set>

#include "core/text/clip_tokenizer.h"
#include "core/train/sample_draws.h"
#include "tests/core/dataset/dataset_on_disk.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr uint64_t ten_rows = 10;
constexpr int64_t global_batch = 4;  // 3 batches an epoch
constexpr int64_t batches = 8;       // into the third epoch
constexpr double smallest_half = 0x1p-24;

/// A dataset of ten captions "a" … "j": the latent of row i is i times the smallest half, the second token id is the letter.
class TenRows {
 public:
  TenRows() {
    const std::filesystem::path path = folder_.path().toStdString();
    std::vector<ImageRecord> records;
    std::vector<LatentRow> latents;
    for (uint64_t i = 0; i < ten_rows; ++i) {
      const std::string key(1, static_cast<char>('a' + i));
      records.push_back(a_record(key));
      latents.push_back({key, "hash of " + key});
    }
    write_split(path / "train", records);
    write_dataset_dict(path, {"train"});
    write_latents(path / "latents", latents);
    set_ = std::make_unique<TrainingSet>(path);
  }
  const TrainingSet* operator()() const { return set_.get(); }

 private:
  QTemporaryDir folder_;
  std::unique_ptr<TrainingSet> set_;
};

Mixture mixture_of(int64_t world_size = 1) {
  return Mixture({{.rows = ten_rows}}, {.seed = 42, .phase = 1, .global_batch = global_batch, .world_size = world_size});
}

BatcherOptions options_of(int64_t rank = 0, int64_t micro_steps = 1) {
  return {.seed = 42, .phase = 1, .rank = rank, .micro_steps = micro_steps, .cfg_dropout = 0.3};
}

std::vector<StepBatch> taken(Batcher& batcher, int64_t count) {
  std::vector<StepBatch> all;
  for (int64_t i = 0; i < count; ++i) {
    all.push_back(batcher.next());
  }
  return all;
}

bool same_batch(const MicroBatch& a, const MicroBatch& b) {
  return torch::equal(a.x0_BCHW, b.x0_BCHW) && torch::equal(a.eps_BCHW, b.eps_BCHW) && torch::equal(a.t_B, b.t_B) &&
         torch::equal(a.source_B, b.source_B) && torch::equal(a.ids_BL, b.ids_BL) && torch::equal(a.mask_BL, b.mask_BL);
}

bool same_batch(const StepBatch& a, const StepBatch& b) {
  return a.batch == b.batch && std::equal(a.micro.begin(), a.micro.end(), b.micro.begin(), b.micro.end(),
                                          [](const MicroBatch& x, const MicroBatch& y) { return same_batch(x, y); });
}

MicroBatch picked(const MicroBatch& batch, const std::vector<int64_t>& samples) {
  const torch::Tensor index = torch::tensor(samples, torch::kInt64);
  const auto of = [&](const torch::Tensor& tensor) { return tensor.index_select(0, index); };
  return {of(batch.x0_BCHW), of(batch.eps_BCHW), of(batch.t_B), of(batch.source_B), of(batch.ids_BL), of(batch.mask_BL)};
}

/// The row that each sample came from, read from its latent.
std::vector<int64_t> batch_rows(const MicroBatch& batch) {
  const torch::Tensor row_B = (batch.x0_BCHW.flatten(1).select(1, 0) / smallest_half).to(torch::kInt64);
  return {row_B.data_ptr<int64_t>(), row_B.data_ptr<int64_t>() + row_B.numel()};
}

}  // namespace

class BatcherTest : public QObject {
  Q_OBJECT

  TenRows set_;

 private slots:
  void startingAtABatchGivesWhatAFullPassGivesFromThereOn() {
    Batcher whole({set_()}, mixture_of(), options_of(), 0, batches);
    const std::vector<StepBatch> all = taken(whole, batches);
    for (int64_t first = 0; first < batches; ++first) {
      for (const int64_t prefetch : {1, 3, 50}) {
        BatcherOptions options = options_of();
        options.prefetch = prefetch;
        Batcher resumed({set_()}, mixture_of(), options, first, batches);
        for (int64_t batch = first; batch < batches; ++batch) {
          const StepBatch made = resumed.next();
          QCOMPARE(made.batch, batch);
          QVERIFY(same_batch(made, all[static_cast<size_t>(batch)]));
        }
      }
    }
  }

  void moreThanThereAreIsRefused() {
    Batcher batcher({set_()}, mixture_of(), options_of(), 0, batches);
    taken(batcher, batches);
    QVERIFY_EXCEPTION_THROWN(batcher.next(), std::invalid_argument);
  }

  void takingSlowlyOrAtOnceIsTheSame() {
    Batcher slow({set_()}, mixture_of(), options_of(), 0, batches);
    for (int64_t batch = 0; batch < batches; ++batch) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // it is always ahead, as far as it may
      QVERIFY(same_batch(slow.next(), make_step_batch({set_()}, mixture_of(), options_of(), batch)));
    }
  }

  void samplesDoNotDependOnRanksOrMicroSteps() {
    for (int64_t batch = 0; batch < batches; ++batch) {
      const MicroBatch whole = make_step_batch({set_()}, mixture_of(), options_of(), batch).micro.at(0);
      QCOMPARE(whole.t_B.size(0), global_batch);
      const StepBatch halves = make_step_batch({set_()}, mixture_of(), options_of(0, 2), batch);
      QCOMPARE(halves.micro.size(), size_t{2});
      QVERIFY(same_batch(halves.micro[0], picked(whole, {0, 1})));
      QVERIFY(same_batch(halves.micro[1], picked(whole, {2, 3})));
      for (const int64_t rank : {0, 1}) {
        QVERIFY(same_batch(make_step_batch({set_()}, mixture_of(2), options_of(rank), batch).micro.at(0), picked(whole, {rank, rank + 2})));
        const StepBatch single = make_step_batch({set_()}, mixture_of(2), options_of(rank, 2), batch);
        QVERIFY(same_batch(single.micro.at(0), picked(whole, {rank})));
        QVERIFY(same_batch(single.micro.at(1), picked(whole, {rank + 2})));
      }
    }
  }

  void drawsAreThoseOfTheSamplesOrder() {
    for (int64_t batch = 0; batch < batches; ++batch) {
      const MicroBatch made = make_step_batch({set_()}, mixture_of(), options_of(), batch).micro.at(0);
      for (int64_t i = 0; i < global_batch; ++i) {
        const SampleKey key{.seed = 42, .phase = 1, .order = static_cast<uint64_t>(batch * global_batch + i)};
        QCOMPARE(made.t_B[i].item<int64_t>(), draw_timestep(key, 1000));
        QVERIFY(torch::equal(made.eps_BCHW[i].flatten(), draw_noise(key, 2)));
      }
    }
  }

  void offsetNoiseAndTheTimestepRuleAreThoseOfThePhase() {
    BatcherOptions options = options_of();
    options.offset_noise = 0.25;
    options.timesteps = {.spread = TimestepRule::Spread::logit_normal, .mean = 1, .deviation = 0.5};
    const MicroBatch made = make_step_batch({set_()}, mixture_of(), options, 0).micro.at(0);
    for (int64_t i = 0; i < global_batch; ++i) {
      const SampleKey key{.seed = 42, .phase = 1, .order = static_cast<uint64_t>(i)};
      QCOMPARE(made.t_B[i].item<int64_t>(), draw_timestep(key, 1000, options.timesteps));
      QVERIFY(torch::equal(made.eps_BCHW[i].flatten(), draw_noise(key, 2) + 0.25 * draw_offset(key, 1)));
    }
  }

  void captionsMeetTheirLatentsUnlessTheyAreDropped() {
    std::array<int32_t, ClipTokenizer::kLength> empty_ids{};
    std::array<int32_t, ClipTokenizer::kLength> empty_mask{};
    ClipTokenizer::builtin().encode_into("", empty_ids.data(), empty_mask.data());
    const auto row_is = [](const torch::Tensor& row_L, std::span<const int32_t> expected) {
      return std::equal(expected.begin(), expected.end(), row_L.data_ptr<int64_t>(), row_L.data_ptr<int64_t>() + row_L.numel());
    };
    BatcherOptions options = options_of();
    for (const double dropout : {0.0, 0.3, 1.0}) {
      options.cfg_dropout = dropout;
      int64_t dropped = 0;
      for (int64_t batch = 0; batch < batches; ++batch) {
        const MicroBatch made = make_step_batch({set_()}, mixture_of(), options, batch).micro.at(0);
        const std::vector<int64_t> row_of = batch_rows(made);
        for (int64_t i = 0; i < global_batch; ++i) {
          const auto row = static_cast<uint64_t>(row_of[static_cast<size_t>(i)]);
          const bool drop =
              draw_caption_dropout({.seed = 42, .phase = 1, .order = static_cast<uint64_t>(batch * global_batch + i)}, dropout);
          dropped += drop ? 1 : 0;
          QVERIFY(row_is(made.ids_BL[i], drop ? std::span<const int32_t>(empty_ids) : set_()->ids(row)));
          QVERIFY(row_is(made.mask_BL[i], drop ? std::span<const int32_t>(empty_mask) : set_()->mask(row)));
          QVERIFY(drop || made.ids_BL[i][1].item<int64_t>() == 'a' + static_cast<int64_t>(row));
        }
      }
      QVERIFY(dropout == 0.0 ? dropped == 0 : dropout == 1.0 ? dropped == batches * global_batch : dropped > 0);
    }
  }

  void everyRowComesInAnEpochAndItsNoiseIsNewInTheNext() {
    std::vector<std::set<int64_t>> seen(2);
    std::vector<torch::Tensor> noise_of_row_0;
    for (int64_t batch = 0; batch < 6; ++batch) {
      const MicroBatch made = make_step_batch({set_()}, mixture_of(), options_of(), batch).micro.at(0);
      const std::vector<int64_t> row_of = batch_rows(made);
      seen[static_cast<size_t>(batch / 3)].insert(row_of.begin(), row_of.end());
      for (size_t i = 0; i < row_of.size(); ++i) {
        if (row_of[i] == 0) {
          noise_of_row_0.push_back(made.eps_BCHW[static_cast<int64_t>(i)]);
        }
      }
    }
    QCOMPARE(seen[0].size(), size_t{ten_rows});
    QCOMPARE(seen[1].size(), size_t{ten_rows});
    QVERIFY(noise_of_row_0.size() >= 2);
    QVERIFY(!torch::equal(noise_of_row_0[0], noise_of_row_0[1]));
  }

  void tensorsHaveTheTypesThatTheTrainerExpects() {
    const MicroBatch made = make_step_batch({set_()}, mixture_of(), options_of(), 0).micro.at(0);
    QVERIFY(made.x0_BCHW.scalar_type() == torch::kFloat32 && made.eps_BCHW.scalar_type() == torch::kFloat32);
    QVERIFY((made.x0_BCHW.sizes() == at::IntArrayRef{global_batch, 1, 1, 2}));
    QVERIFY((made.eps_BCHW.sizes() == made.x0_BCHW.sizes()));
    for (const torch::Tensor& whole : {made.t_B, made.source_B, made.ids_BL, made.mask_BL}) {
      QVERIFY(whole.scalar_type() == torch::kInt64);
    }
  }

  void samplesNameTheirSource() {
    const Mixture mixture({{.rows = ten_rows, .share = 0.5}, {.rows = ten_rows, .share = 0.5}},
                          {.seed = 42, .phase = 0, .global_batch = global_batch, .world_size = 1});
    const MicroBatch made = make_step_batch({set_(), set_()}, mixture, options_of(), 0).micro.at(0);
    const std::vector<MixtureSample> samples = mixture.samples({}, 0);
    for (int64_t i = 0; i < global_batch; ++i) {
      QCOMPARE(made.source_B[i].item<int64_t>(), int64_t{samples[static_cast<size_t>(i)].source});
    }
    QCOMPARE(made.source_B.sum().item<int64_t>(), int64_t{2});
  }

  void rejectsMicroStepsThatDoNotDivideTheSamples() {
    for (const int64_t micro_steps : {0, 3, 8}) {
      QVERIFY_EXCEPTION_THROWN(make_step_batch({set_()}, mixture_of(), options_of(0, micro_steps), 0), std::invalid_argument);
    }
  }

  void rejectsSourcesWhoseLatentsDiffer() {
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString();
    write_split(path / "train", {a_record("a")});
    write_dataset_dict(path, {"train"});
    LatentRecipe wide = small_recipe();
    wide.shape = {1, 1, 3};
    LatentStoreWriter(path / "latents", wide)
        .write_shard(0, {.rows = {{"a", "hash of a"}}, .dropped = {}, .sum = {}, .sum_squares = {}}, std::vector<uint16_t>{1, 2, 3});
    const TrainingSet other(path);
    const Mixture mixture({{.rows = ten_rows, .share = 0.5}, {.rows = 1, .share = 0.5}},
                          {.seed = 42, .phase = 0, .global_batch = global_batch, .world_size = 1});
    QVERIFY_EXCEPTION_THROWN(make_step_batch({set_(), &other}, mixture, options_of(), 0), std::invalid_argument);
  }

  void whatTheReadingThreadThrowsReachesTheTrainer() {
    Batcher batcher({set_()}, mixture_of(), options_of(0, 3), 0, batches);
    QVERIFY_EXCEPTION_THROWN(batcher.next(), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(batcher.next(), std::invalid_argument);
  }

  void mayBeLeftBeforeTheEnd() {
    for (const int64_t take : {0, 1, 5}) {
      Batcher batcher({set_()}, mixture_of(), options_of(), 0, 1'000'000'000);
      QCOMPARE(taken(batcher, take).size(), static_cast<size_t>(take));
    }
  }
};

DARKROOM_TEST(BatcherTest);
#include "batcher_test.moc"
