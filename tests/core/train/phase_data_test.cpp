// SPDX-License-Identifier: Apache-2.0
#include "core/train/phase_data.h"

#include <QTemporaryDir>

#include "core/base/error.h"
#include "tests/core/dataset/dataset_on_disk.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

/// A dataset of `count` rows with latents, at `path`.
void write_training_rows(const std::filesystem::path& path, int count, const LatentRecipe& recipe = small_recipe()) {
  std::vector<ImageRecord> records{a_record("one without a latent")};
  std::vector<LatentRow> rows;
  for (int i = 0; i < count; ++i) {
    const std::string key(1, static_cast<char>('a' + i));
    records.push_back(a_record(key));
    rows.push_back({key, "hash of " + key});
  }
  write_split(path / "train", records);
  write_dataset_dict(path, {"train"});
  const std::vector<uint16_t> values(rows.size() * static_cast<size_t>(recipe.numel()));
  LatentStoreWriter(path / "latents", recipe).write_shard(0, {.rows = rows, .dropped = {}, .sum = {}, .sum_squares = {}}, values);
}

/// Two phases over one dataset: batches of 2 x 2 for two epochs, then batches of 5 for three.
TrainingPlan plan_over(const std::filesystem::path& dataset) {
  TrainingPlan plan;
  plan.batch = {.per_device = 2, .accumulation = 2};
  plan.phases.push_back(
      {.name = "first", .epochs = 2, .sources = {{.dataset = dataset.string()}}, .peak_lr = 1, .warmup_steps = 0, .floor = 0.25});
  plan.phases.push_back({.name = "second", .epochs = 3, .sources = {{.dataset = dataset.string()}}});
  plan.phases.back().batch = BatchPlan{.per_device = 5, .accumulation = 1};
  return plan;
}

std::string plan_refusal(const TrainingPlan& plan) {
  try {
    const PlanData data(plan, 1);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

class PhaseDataTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::filesystem::path path(const char* name) const { return std::filesystem::path(folder_.path().toStdString()) / name; }

 private slots:
  void initTestCase() { write_training_rows(path("ten"), 10); }

  void lengthIsCountedInOptimiserSteps() {
    const TrainingPlan plan = plan_over(path("ten"));
    const PlanData data(plan, 1);
    QCOMPARE(data.phases().size(), size_t{2});
    QCOMPARE(data.phases()[0].global_batch, int64_t{4});
    QCOMPARE(data.phases()[0].batches, int64_t{6});  // ceil(10 / 4) an epoch; neither 12 micro-steps nor 20 samples
    QCOMPARE(data.phases()[1].global_batch, int64_t{5});
    QCOMPARE(data.phases()[1].batches, int64_t{6});
    QCOMPARE(data.total_steps(), int64_t{12});
    QCOMPARE(data.phases()[1].epochs_before, int64_t{2});
  }

  void rateReachesItsFloorAtTheEndOfThePhase() {
    const TrainingPlan plan = plan_over(path("ten"));
    for (const int64_t world_size : {1, 2}) {
      const PlanData data(plan, world_size);
      const PhaseData& phase = data.phases()[0];
      QCOMPARE(phase.batches, int64_t{world_size == 1 ? 6 : 4});
      QCOMPARE(phase.lr.at(0), 1.0);
      QVERIFY(phase.lr.at(phase.batches - 1) > 0.25 + 1e-3);
      QVERIFY(std::abs(phase.lr.at(phase.batches) - 0.25) < 1e-12);
    }
  }

  void everyDeviceMakesTheBatchLarger() {
    const TrainingPlan plan = plan_over(path("ten"));
    const PlanData data(plan, 2);
    QCOMPARE(data.phases()[0].global_batch, int64_t{8});
    QCOMPARE(data.phases()[0].mixture.options().world_size, int64_t{2});
    QCOMPARE(data.phases()[0].mixture.samples({}, 1).size(), size_t{4});
  }

  void limitShortensThePhase() {
    TrainingPlan plan = plan_over(path("ten"));
    plan.phases[0].sources[0].limit = 4;
    QCOMPARE(PlanData(plan, 1).phases()[0].batches, int64_t{2});
  }

  void aDatasetIsOpenedOnceForAllPhases() {
    const TrainingPlan plan = plan_over(path("ten"));
    const PlanData data(plan, 1);
    QCOMPARE(data.phases()[0].train.at(0), data.phases()[1].train.at(0));
    QVERIFY(data.phases()[0].validation == std::vector<const TrainingSet*>{nullptr});
    QCOMPARE(data.latent_shape()[2], int64_t{2});
    QVERIFY(data.phases()[0].mixture.samples({}, 0) != data.phases()[1].mixture.samples({}, 0));  // but in another order
  }

  void trainingLatentsAreHeldAsThePlanSays() {
    const TrainingPlan plan = plan_over(path("ten"));
    constexpr int64_t bytes_of_one = 2 * 2;                                                                        // [1,1,2] halves
    QCOMPARE(PlanData(plan, 1).hold_latents({.memory = "ram", .fraction = 1, .threads = 16}), 10 * bytes_of_one);  // once for both phases
    QCOMPARE(PlanData(plan, 1).hold_latents({.memory = "ram", .fraction = 0.3, .threads = 1}), 3 * bytes_of_one);
    QCOMPARE(PlanData(plan, 1).hold_latents({.memory = "mapped"}), int64_t{0});
  }

  void latentsThatDifferAreRefusedByName() {
    LatentRecipe wide = small_recipe();
    wide.shape = {1, 1, 3};
    write_training_rows(path("wide"), 2, wide);
    LatentRecipe other_vae = small_recipe();
    other_vae.vae = "another";
    write_training_rows(path("other_vae"), 2, other_vae);
    for (const char* name : {"wide", "other_vae"}) {
      TrainingPlan plan = plan_over(path("ten"));
      plan.phases[1].sources[0].dataset = path(name).string();
      const std::string said = plan_refusal(plan);
      QVERIFY2(said.starts_with("/phases/1/sources: ") && said.find(path(name).string()) != std::string::npos &&
                   said.find(path("ten").string()) != std::string::npos,
               said.c_str());
    }
  }

  void aDatasetWithoutLatentsIsRefusedByName() {
    write_training_rows(path("empty"), 0);
    TrainingPlan plan = plan_over(path("ten"));
    plan.phases[1].sources[0].dataset = path("empty").string();
    const std::string said = plan_refusal(plan);
    QVERIFY2(said.starts_with("/phases/1/sources/0/dataset: " + path("empty").string() + " has no training rows"), said.c_str());
  }
};

DARKROOM_TEST(PhaseDataTest);
#include "phase_data_test.moc"
