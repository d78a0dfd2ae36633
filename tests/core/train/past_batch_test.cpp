// SPDX-License-Identifier: Apache-2.0
#include "core/train/past_batch.h"

#include <QtTest>
#include <algorithm>

#include "core/train/batcher.h"
#include "tests/core/train/training_fixture.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

/// A sample as the model met it: noise level, first number of its latent, first word of its caption (the end mark of an empty one).
using Met = std::vector<std::array<double, 3>>;

Met sorted(Met met) {
  std::sort(met.begin(), met.end());
  return met;
}

/// What the ranks were given for a step, by the code that gives it to them.
Met given(const TrainingPlan& plan, int64_t ranks, size_t phase_index, int64_t batch, const SampleQuarantine& quarantine) {
  const PlanData data(plan, ranks);
  const PhaseData& phase = data.phases()[phase_index];
  Met met;
  for (int64_t rank = 0; rank < ranks; ++rank) {
    const StepBatch made = make_step_batch(phase.train, phase.mixture,
                                           {.seed = static_cast<uint64_t>(plan.seed),
                                            .phase = static_cast<int64_t>(phase_index),
                                            .rank = rank,
                                            .micro_steps = phase.batch.accumulation,
                                            .timesteps = timestep_rule_of(*phase.plan),
                                            .cfg_dropout = phase.plan->cfg_dropout,
                                            .quarantine = &quarantine},
                                           batch);
    for (const MicroBatch& micro : made.micro) {
      for (int64_t i = 0; i < micro.t_B.size(0); ++i) {
        met.push_back({micro.t_B[i].item<double>(), micro.x0_BCHW[i].flatten()[0].item<double>(), micro.ids_BL[i][1].item<double>()});
      }
    }
  }
  return sorted(met);
}

Met told_by(const PastBatch& batch) {
  Met met;
  for (const PastSample& sample : batch.samples()) {
    const int32_t word = sample.caption_dropped ? 49407 : sample.set->ids(sample.row)[1];
    met.push_back({static_cast<double>(sample.timestep), static_cast<double>(half_to_float(sample.set->latent(sample.row)[0])),
                   static_cast<double>(word)});
  }
  return sorted(met);
}

}  // namespace

class PastBatchTest : public QObject {
  Q_OBJECT

  TinyTraining tiny_;

 private slots:
  void everyStepOfARunIsToldAsItWas() {
    const TrainingPlan plan = tiny_.plan(2);
    const RunDirectory run = tiny_.new_run(plan);
    Journal(run.journal_file()).append(JournalEvent::launched, {{"world_size", 2}});
    TinyTraining::train(run, 2);
    const SampleQuarantine none;
    for (int64_t step = 1; step <= 10; ++step) {
      const PastBatch batch(run, step);
      const size_t phase = step <= 6 ? 0 : 1;
      QCOMPARE(batch.number(), phase == 0 ? step - 1 : step - 7);
      QCOMPARE(batch.samples().size(), size_t{8});
      QVERIFY(told_by(batch) == given(plan, 2, phase, batch.number(), none));
    }
    // Captions are dropped in the second phase alone, and are told so.
    int64_t dropped = 0;
    for (int64_t step = 7; step <= 10; ++step) {
      const PastBatch batch(run, step);
      dropped += std::count_if(batch.samples().begin(), batch.samples().end(), [](const PastSample& s) { return s.caption_dropped; });
    }
    QVERIFY(dropped > 0);
  }

  void aSubstituteStaysOneAfterTheFileIsMended() {
    write_tiny_dataset(tiny_.path("c"), 20, 3);
    TrainingPlan plan = tiny_.plan();
    plan.phases.resize(1);
    plan.phases[0].sources = {{.dataset = tiny_.path("c").string()}};
    damage_latent(tiny_.path("c"), 4, 0x7E00);
    const RunDirectory run = tiny_.new_run(plan);
    TinyTraining::train(run, 1);
    QCOMPARE(TinyTraining::entries(run, JournalEvent::quarantined).size(), size_t{1});
    write_tiny_dataset(tiny_.path("c2"), 20, 3);
    std::filesystem::copy_file(tiny_.path("c2") / "latents" / latent_shard_name(0), tiny_.path("c") / "latents" / latent_shard_name(0),
                               std::filesystem::copy_options::overwrite_existing);
    const int64_t found = TinyTraining::entries(run, JournalEvent::quarantined)[0].fields.at("step").get<int64_t>();
    int64_t broken = 0;
    for (int64_t step = found; step <= 6; ++step) {
      const PastBatch batch(run, step);
      broken += std::count_if(batch.samples().begin(), batch.samples().end(),
                              [](const PastSample& sample) { return sample.set->key(sample.row) == "picture 3.4"; });
    }
    QCOMPARE(broken, int64_t{0});
  }

  void whatCannotBeToldIsRefusedWithTheReason() {
    const TrainingPlan plan = tiny_.plan();
    const RunDirectory run = tiny_.new_run(plan);
    TinyTraining::train(run, 1, 4);
    const std::string beyond = error_of([&] { const PastBatch batch(run, 9); });
    QVERIFY2(beyond.find("no row of step 9") != std::string::npos, beyond.c_str());
    QVERIFY2(beyond.find("stands at step 4") != std::string::npos, beyond.c_str());
    // Another seed is another order of data.
    TrainingPlan other = plan;
    other.seed += 1;
    write_file_atomically(run.plan_file(), to_json(other).dump());
    QVERIFY(error_of([&] { const PastBatch batch(run, 2); }).find("seed") != std::string::npos);
    // Without a checkpoint to compare with, the row's epoch still shows that the batch was another one.
    std::filesystem::remove_all(run.checkpoints_folder());
    other = plan;
    other.batch.accumulation = 3;
    write_file_atomically(run.plan_file(), to_json(other).dump());
    const std::string changed = error_of([&] { const PastBatch batch(run, 2); });
    QVERIFY2(changed.find("have changed since") != std::string::npos, changed.c_str());
  }
};

DARKROOM_TEST(PastBatchTest);
#include "past_batch_test.moc"
