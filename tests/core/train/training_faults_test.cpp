// SPDX-License-Identifier: Apache-2.0
// Gradients that must not be used, samples that are broken, disks that are full: the training goes on and says so.
#include <sys/mount.h>
#include <unistd.h>

#include <set>

#include "core/dataset/mixture.h"
#include "core/metrics/metrics_log.h"
#include "tests/core/train/training_fixture.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr int dataset_rows = 40;
constexpr int64_t fault_last_step = 10;

/// Rows that the batches first … last of a one-phase plan over `count` rows draw.
std::set<int> rows_of_batches(const TrainingPlan& plan, int count, int64_t first, int64_t last) {
  const Mixture mixture({{.rows = static_cast<uint64_t>(count)}},
                        {.seed = static_cast<uint64_t>(plan.seed), .phase = 0, .global_batch = 4, .world_size = 1});
  std::set<int> drawn;
  for (int64_t batch = first; batch <= last; ++batch) {
    for (const MixtureSample& sample : mixture.samples(mixture.after(batch), 0)) {
      drawn.insert(static_cast<int>(sample.row));
    }
  }
  return drawn;
}

}  // namespace

class TrainingFaultsTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    training_ = std::make_unique<TinyTraining>();
    // The latents of steps 6, 7 and 8 are sixteen times too large: no file is broken, but their gradients are spikes.
    const std::set<int> wild = rows_of_batches(plan("wild"), dataset_rows, 5, 7);
    write_tiny_dataset(training_->path("wild"), dataset_rows, 5, [&](int row) { return wild.contains(row) ? 14.0F : 1.0F; });
  }

  void spikesAreSkippedAndThreeInARowRollBack() {
    const RunDirectory run = training_->new_run(plan("wild"));
    TinyTraining::train(run, 1);
    const auto skipped = TinyTraining::entries(run, JournalEvent::skipped_batch);
    QCOMPARE(skipped.size(), size_t{3});
    for (size_t i = 0; i < 3; ++i) {
      QCOMPARE(skipped[i].fields["step"].get<size_t>(), 6 + i);
      QCOMPARE(skipped[i].fields["reason"].get<std::string>(), std::string("spike"));
      QCOMPARE(skipped[i].fields["keys"].size(), size_t{4});
      QVERIFY(skipped[i].fields["norm"].get<double>() > 3 * skipped[i].fields["mean"].get<double>());
    }
    const auto back = TinyTraining::entries(run, JournalEvent::rolled_back);
    QCOMPARE(back.size(), size_t{1});
    QCOMPARE(back[0].fields["step"].get<int>(), 9);
    QCOMPARE(back[0].fields["checkpoint"].get<std::string>(), std::string("step_0000008"));
    const auto reports = MetricsTail(run.metrics_file()).poll().rows;
    QCOMPARE(reports.size(), static_cast<size_t>(fault_last_step));
    QCOMPARE(reports[6].skipped, int64_t{1});
    QCOMPARE(reports[8].skipped, int64_t{0});
    // The rate is halved after the rollback, and the schedule itself goes on.
    const RunDirectory calm = training_->new_run(plan("wild", 0));
    TinyTraining::train(calm, 1);
    QCOMPARE(TinyTraining::entries(calm, JournalEvent::skipped_batch).size(), size_t{0});
    const auto usual = MetricsTail(calm.metrics_file()).poll().rows;
    QCOMPARE(reports[8].lr, usual[8].lr);
    QCOMPARE(reports[9].lr, usual[9].lr * 0.5);
    wild_hash_ = TinyTraining::hash_at(run, fault_last_step);
    QVERIFY(wild_hash_ != TinyTraining::hash_at(calm, fault_last_step));
  }

  void skippedStepChangesNothing() {
    const RunDirectory run = training_->new_run(plan("wild"));
    TinyTraining::train(run, 1, 5);
    TinyTraining::train(run, 1, 7);
    for (const char* part : {"unet", "unet_ema", "exp_avg", "exp_avg_sq"}) {
      const auto hash = [&](int64_t step) {
        for (const StatePart& one : checkpoint_state_parts(run.checkpoint_of(step))) {
          if (one.name == part) {
            return one.hash;
          }
        }
        return std::string();
      };
      QVERIFY(!hash(5).empty());
      QCOMPARE(hash(7), hash(5));
    }
  }

  void allRanksDecideAlikeAndAResumeAnywhereInItIsExact() {
    for (int64_t stop = 5; stop < fault_last_step; ++stop) {
      const RunDirectory run = training_->new_run(plan("wild"));
      TinyTraining::train(run, 1, stop);
      TinyTraining::train(run, 1);
      QCOMPARE(TinyTraining::hash_at(run, fault_last_step), wild_hash_);
    }
    TrainingPlan two = plan("wild");
    two.batch = {.per_device = 2, .accumulation = 1};
    const RunDirectory whole = training_->new_run(two);
    TinyTraining::train(whole, 2);
    QCOMPARE(TinyTraining::entries(whole, JournalEvent::skipped_batch).size(), size_t{3});
    const RunDirectory run = training_->new_run(two);
    TinyTraining::train(run, 2, 8);
    TinyTraining::train(run, 2);
    QCOMPARE(TinyTraining::hash_at(run, fault_last_step), TinyTraining::hash_at(whole, fault_last_step));
  }

  void runOfWhichNothingCanBeUsedEndsWithTheReason() {
    TrainingPlan plan = this->plan("wild");
    plan.phases[0].epochs = 4;
    plan.guard = {.spike_factor = 1e-6, .warmup_steps = 1, .skips_in_a_row = 2};
    const RunDirectory run = training_->new_run(plan);
    const std::string said = error_of([&] { TinyTraining::train(run, 1); });
    QVERIFY2(said.find("went back 3 times and no gradient could be used since") != std::string::npos, said.c_str());
    QCOMPARE(TinyTraining::entries(run, JournalEvent::rolled_back).size(), size_t{3});
  }

  void brokenLatentIsShutOutAndAnotherTakesItsPlace() {
    write_tiny_dataset(training_->path("broken"), dataset_rows, 6);
    damage_latent(training_->path("broken"), 3, 0x7E00);   // NaN
    damage_latent(training_->path("broken"), 17, 0x6000);  // 512
    TrainingPlan plan = this->plan("broken");
    plan.phases[0].epochs = 2;
    const RunDirectory run = training_->new_run(plan);
    TinyTraining::train(run, 1);
    std::set<std::string> keys;
    for (const JournalEntry& entry : TinyTraining::entries(run, JournalEvent::quarantined)) {
      QVERIFY(keys.insert(entry.fields["key"].get<std::string>()).second);  // once, though the second epoch draws it again
    }
    QCOMPARE(keys, (std::set<std::string>{"picture 6.3", "picture 6.17"}));
    QCOMPARE(TinyTraining::entries(run, JournalEvent::skipped_batch).size(), size_t{0});
    QCOMPARE(MetricsTail(run.metrics_file()).poll().rows.size(), size_t{20});

    // A resume after somebody mended the files goes on without them all the same; and needs its list for that.
    const RunDirectory resumed = training_->new_run(plan);
    TinyTraining::train(resumed, 1, 10);
    const std::filesystem::path kept = training_->path("kept");
    std::filesystem::copy(resumed.folder(), kept, std::filesystem::copy_options::recursive);
    std::filesystem::remove_all(training_->path("broken"));
    write_tiny_dataset(training_->path("broken"), dataset_rows, 6);
    TinyTraining::train(resumed, 1);
    QCOMPARE(TinyTraining::hash_at(resumed, 20), TinyTraining::hash_at(run, 20));

    const RunDirectory forgetful = RunDirectory::open(kept);
    const std::filesystem::path meta = forgetful.checkpoint_of(10) / "meta.json";
    Json edited = read_json_file(meta);
    edited["quarantine"] = Json::object();
    write_file_atomically(meta, edited.dump());
    TinyTraining::train(forgetful, 1);
    QVERIFY(TinyTraining::hash_at(forgetful, 20) != TinyTraining::hash_at(run, 20));
  }

  void setOfBrokenLatentsAloneIsAnErrorOfTheData() {
    write_tiny_dataset(training_->path("hopeless"), dataset_rows, 7);
    for (int row = 0; row < dataset_rows; ++row) {
      damage_latent(training_->path("hopeless"), row, 0xFC00);  // -infinity
    }
    const RunDirectory run = training_->new_run(plan("hopeless"));
    const std::string said = error_of([&] { TinyTraining::train(run, 1); });
    QVERIFY2(said.find("none of its 40 samples can be trained on") != std::string::npos, said.c_str());
  }

  void fullDiskIsAnAlarmAndTheNextSaveIsTriedAgain() {
    const RunDirectory run = training_->new_run(plan("wild"));
    const QByteArray checkpoints = run.checkpoints_folder().c_str();
    if (mount("none", checkpoints.constData(), "tmpfs", 0, "size=64k") != 0) {
      QSKIP("no right to mount a small disk here");
    }
    const std::string said = error_of([&] { TinyTraining::train(run, 1, 5); });
    QVERIFY2(said.find("could not be saved") != std::string::npos && said.find("left") != std::string::npos, said.c_str());
    QVERIFY(TinyTraining::entries(run, JournalEvent::save_failed).size() >= 3);  // steps 2, 4 and the last, which is tried twice
    QCOMPARE(MetricsTail(run.metrics_file()).poll().rows.size(), size_t{5});     // the training itself went on
    QVERIFY(!run.newest_checkpoint());
    QVERIFY(run.leftovers().empty());
    QCOMPARE(mount("none", checkpoints.constData(), "tmpfs", MS_REMOUNT, "size=64m"), 0);
    TinyTraining::train(run, 1, 5);
    QCOMPARE(run.newest_checkpoint()->step, int64_t{5});
    umount(checkpoints.constData());
  }

 private:
  /// One epoch of ten steps of four rows.
  TrainingPlan plan(const char* dataset, double spike_factor = 3) const {
    TrainingPlan plan = training_->plan();
    plan.batch = {.per_device = 2, .accumulation = 2};
    plan.guard = {.spike_factor = spike_factor, .warmup_steps = 3, .skips_in_a_row = 3, .rate_factor = 0.5, .rate_steps = 5};
    plan.phases.resize(1);
    plan.phases[0].prediction = "v_prediction";  // its target grows with the latents, and the gradient with it
    plan.phases[0].epochs = 1;
    plan.phases[0].sources[0].dataset = training_->path(dataset).string();
    return plan;
  }

  std::unique_ptr<TinyTraining> training_;
  std::string wild_hash_;
};

DARKROOM_TEST(TrainingFaultsTest);
#include "training_faults_test.moc"
