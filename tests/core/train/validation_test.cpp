// SPDX-License-Identifier: Apache-2.0
#include "core/train/validation.h"

#include <QTemporaryDir>

#include "tests/core/dataset/dataset_on_disk.h"
#include "tests/core/distributed/rank_threads.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

/// A dataset with `count` validation rows.
void write_validation_rows(const std::filesystem::path& path, int count) {
  const LatentRecipe recipe{.shape = {4, 8, 8}, .scaling_factor = 1, .vae = "v", .image_size = 64, .crop = "centre"};
  std::vector<ImageRecord> records;
  std::vector<LatentRow> rows;
  std::vector<uint16_t> values;
  for (int i = 0; i < count; ++i) {
    const std::string key(1, static_cast<char>('a' + i));
    records.push_back(a_record(key));
    rows.push_back({key, "hash of " + key});
    for (int k = 0; k < 256; ++k) {
      values.push_back(static_cast<uint16_t>(0x3000 + 13 * i + 7 * k));  // halves from 0.125 on
    }
  }
  write_split(path / "train", records);
  write_split(path / "validation", records);
  write_dataset_dict(path, {"train", "validation"});
  LatentStoreWriter(path / "latents", recipe).write_shard(0, {.rows = rows, .dropped = {}, .sum = {}, .sum_squares = {}}, values);
}

bool same_reading(const StepStatistics::Reading& a, const StepStatistics::Reading& b) {
  StepReport left;
  StepReport right;
  add_validation(left, a);
  add_validation(right, b);
  return to_json_line(left) == to_json_line(right);
}

}  // namespace

class ValidationTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  TrainingModel model_;
  std::unique_ptr<ParameterArena> arena_;
  std::unique_ptr<TrainingSet> few_;
  std::unique_ptr<TrainingSet> many_;

  ValidationContext context(TextConditioning& text, const PhasePlan& phase = {}) const {
    return {.model = model_,
            .text = text,
            .ema = arena_->views(ArenaBuffer::ema),
            .device = torch::kCPU,
            .settings = {.prediction = prediction_from_name(phase.prediction), .min_snr_gamma = phase.min_snr_gamma, .run = {}},
            .scheduler = scheduler_of_phase(phase),
            .latent_shape = {4, 8, 8}};
  }
  TextConditioning text() const { return {model_.text, torch::kCPU, false}; }

  std::optional<StepStatistics::Reading> losses(ProcessGroup& group, int64_t rows, uint64_t seed = 42, int64_t batch = 4,
                                                const PhasePlan& phase = {}) const {
    TextConditioning captions = text();
    return validation_losses(context(captions, phase), {few_.get(), nullptr, many_.get()}, rows, seed, batch, group);
  }

 private slots:
  void initTestCase() {
    const std::filesystem::path path = folder_.path().toStdString();
    write_validation_rows(path / "few", 3);
    write_validation_rows(path / "many", 11);
    few_ = std::make_unique<TrainingSet>(path / "few", "validation");
    many_ = std::make_unique<TrainingSet>(path / "many", "validation");
    TrainingPlan plan;
    plan.model = {.layout = "pocket", .vae = "pocket", .text_encoder = "pocket"};
    model_ = open_training_model(plan, torch::kCPU);
    arena_ = std::make_unique<ParameterArena>(model_.unet->layout(), ArenaOptions{});
    arena_->initialize(1);
    arena_->flat(ArenaBuffer::ema).add_(torch::full({1}, 0.003));  // opens the layers that start at zero
  }

  void lossesAreTheSameEachTimeWhateverWentBefore() {
    const auto alone = join_process_group({});
    const auto first = losses(*alone, 10);
    QVERIFY(first && first->loss > 0 && std::isfinite(first->loss));
    torch::manual_seed(99);
    static_cast<void>(torch::randn({1000}));
    arena_->flat(ArenaBuffer::master).add_(1);  // live weights do not count
    const auto second = losses(*alone, 10);
    arena_->flat(ArenaBuffer::master).sub_(1);
    QVERIFY(second && same_reading(*first, *second));
    QVERIFY(!same_reading(*first, *losses(*alone, 10, 43)));
    arena_->flat(ArenaBuffer::ema).mul_(1.01);
    const auto moved = losses(*alone, 10);
    arena_->flat(ArenaBuffer::ema).div_(1.01);
    QVERIFY(!same_reading(*first, *moved));
  }

  void sourcesAndNoiseLevelsAreKeptApart() {
    const auto alone = join_process_group({});
    const auto all = losses(*alone, 500);  // 14 rows
    QVERIFY(all.has_value());
    for (const double bin : all->loss_by_noise) {
      QVERIFY(std::isfinite(bin));  // spread over all levels
    }
    QVERIFY(std::isfinite(all->loss_by_source[0]) && std::isnan(all->loss_by_source[1]) && std::isfinite(all->loss_by_source[2]));
    QVERIFY(std::abs((3 * all->loss_by_source[0] + 11 * all->loss_by_source[2]) / 14 - all->loss_unweighted) < 1e-9);
    QVERIFY(std::abs((3 * all->weighted_by_source[0] + 11 * all->weighted_by_source[2]) / 14 - all->loss) < 1e-9);
    QVERIFY(all->weighted_by_noise[0] < all->loss_by_noise[0]);  // Min-SNR weighs nearly clean samples less
    QCOMPARE(all->weighted_by_noise[9], all->loss_by_noise[9]);
    PhasePlan plain;
    plain.min_snr_gamma = 0;
    const auto unweighted = losses(*alone, 500, 42, 4, plain);
    QCOMPARE(unweighted->loss, unweighted->loss_unweighted);
    QCOMPARE(unweighted->loss_unweighted, all->loss_unweighted);
  }

  void batchesAndRanksChangeNothingButRounding() {
    const auto alone = join_process_group({});
    const double expected = losses(*alone, 13)->loss;
    for (const int64_t batch : {1, 5, 64}) {
      QVERIFY(std::abs(losses(*alone, 13, 42, batch)->loss / expected - 1) < 1e-5);
    }
    const auto of_ranks = on_ranks(2, [&](ProcessGroup& group) { return losses(group, 13)->loss; });
    QCOMPARE(of_ranks[0], of_ranks[1]);
    QVERIFY(std::abs(of_ranks[0] / expected - 1) < 1e-5);
  }

  void everyPredictionIsMeasuredInItsOwnWay() {
    const auto alone = join_process_group({});
    std::vector<double> found;
    for (const char* prediction : {"epsilon", "v_prediction", "flow"}) {
      PhasePlan phase;
      phase.prediction = prediction;
      const auto measured = losses(*alone, 14, 42, 4, phase);
      QVERIFY(std::isfinite(measured->loss) && std::isfinite(measured->loss_unweighted));
      found.push_back(measured->loss_unweighted);
    }
    QVERIFY(found[0] != found[1] && found[1] != found[2]);
  }

  void withoutRowsThereIsNoLoss() {
    const auto alone = join_process_group({});
    TextConditioning captions = text();
    QVERIFY(!validation_losses(context(captions), {nullptr, nullptr}, 10, 1, 4, *alone));
    QVERIFY(!losses(*alone, 0));
  }

  void aReportHoldsThemAndIsReadBack() {
    const auto alone = join_process_group({});
    const auto measured = losses(*alone, 14);
    StepReport report;
    report.step = 7;
    const std::string without = to_json_line(report);
    QVERIFY(without.find("validation") == std::string::npos);
    add_validation(report, *measured);
    const StepReport read = step_report_from_json_line(to_json_line(report));
    QCOMPARE(read.validation_loss, measured->loss);
    QCOMPARE(read.validation_loss_unweighted, measured->loss_unweighted);
    QCOMPARE(read.validation_by_noise[3], measured->loss_by_noise[3]);
    QCOMPARE(read.validation_weighted_by_source[2], measured->weighted_by_source[2]);
    QVERIFY(std::isnan(step_report_from_json_line(without).validation_loss));
  }
};

DARKROOM_TEST(ValidationTest);
#include "validation_test.moc"
