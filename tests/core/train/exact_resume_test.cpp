// SPDX-License-Identifier: Apache-2.0
// What was stopped and goes on ends with the same bits as what was not, and each item of the saved state is needed for that.
#include <fstream>

#include "core/metrics/metrics_log.h"
#include "tests/core/train/training_fixture.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr int64_t resume_last_step = 10;

std::vector<double> losses_of(const RunDirectory& run) {
  std::vector<double> losses;
  for (const StepReport& row : MetricsTail(run.metrics_file()).poll().rows) {
    losses.push_back(row.loss);
  }
  return losses;
}

/// Writes a checkpoint anew with something of it changed.
void doctor(const std::filesystem::path& folder, const std::function<void(CheckpointContent&)>& change) {
  const std::unique_ptr<UNetModel> unet = make_unet(tiny_unet());
  CheckpointState state = read_checkpoint(folder, unet->layout());
  CheckpointContent content;
  content.layout = &unet->layout();
  content.unet_config = read_json_file(folder / "unet/config.json");
  content.master = state.master;
  content.ema = state.ema;
  content.facts = state.meta;
  content.facts.erase("files");
  for (const auto& [name, tensor] : state.state) {
    content.state.push_back({name, tensor.clone()});
  }
  change(content);
  const std::filesystem::path other = folder.string() + "x";
  write_checkpoint(other, content);
  std::filesystem::remove_all(folder);
  std::filesystem::rename(other, folder);
}

void zero_part(CheckpointContent& content, const std::string& part) {
  for (NamedTensor& entry : content.state) {
    if (entry.name.starts_with(part + ".")) {
      entry.tensor.zero_();
    }
  }
}

}  // namespace

class ExactResumeTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { training_ = std::make_unique<TinyTraining>(); }

  void stoppedRunEndsWithTheBitsOfOneThatWasNot_data() {
    QTest::addColumn<int>("ranks");
    QTest::addColumn<int>("stop");
    for (const int ranks : {1, 2, 4}) {
      for (const auto& [name, stop] : {std::pair{"middle of an epoch", 1}, {"end of an epoch", 3}, {"phase border", 6}, {"after it", 7}}) {
        QTest::addRow("%d ranks, %s", ranks, name) << ranks << stop;
      }
    }
  }

  void stoppedRunEndsWithTheBitsOfOneThatWasNot() {
    QFETCH(const int, ranks);
    QFETCH(const int, stop);
    if (!whole_.contains(ranks)) {
      const RunDirectory run = training_->new_run(training_->plan(ranks));
      TinyTraining::train(run, ranks);
      QCOMPARE(losses_of(run).size(), static_cast<size_t>(resume_last_step));
      whole_.emplace(ranks, run);
    }
    const RunDirectory run = training_->new_run(training_->plan(ranks));
    TinyTraining::train(run, ranks, stop);
    TinyTraining::train(run, ranks);
    const auto difference = first_difference(whole_.at(ranks).checkpoint_of(resume_last_step), run.checkpoint_of(resume_last_step));
    QVERIFY2(!difference, difference ? (difference->part + ": " + difference->detail).c_str() : "");
    QCOMPARE(losses_of(run), losses_of(whole_.at(ranks)));  // and every step in between had the same loss
  }

  void stoppedAfterEveryStepItIsStillTheSame() {
    const RunDirectory run = training_->new_run(training_->plan());
    for (int64_t step = 1; step <= resume_last_step; ++step) {
      TinyTraining::train(run, 1, step);
    }
    QCOMPARE(TinyTraining::hash_at(run, resume_last_step), TinyTraining::hash_at(whole_.at(1), resume_last_step));
  }

  // Each of these leaves out, or forgets, one item of the state; the hash of what follows must tell.
  void everyItemOfTheStateIsNeeded_data() {
    using Change = std::function<void(CheckpointContent&)>;
    QTest::addColumn<Change>("change");
    QTest::addRow("nothing") << Change([](CheckpointContent&) {});
    QTest::addRow("weights") << Change([](CheckpointContent& content) { content.master = content.ema; });
    QTest::addRow("average") << Change([](CheckpointContent& content) { content.ema = content.master; });
    QTest::addRow("first moment") << Change([](CheckpointContent& content) { zero_part(content, "exp_avg"); });
    QTest::addRow("second moment") << Change([](CheckpointContent& content) { zero_part(content, "exp_avg_sq"); });
    for (const char* member : {"updates", "micro_steps", "images", "phase", "phase_batch"}) {
      QTest::addRow("cursor: %s", member) << Change([member](CheckpointContent& content) { content.facts["cursor"][member] = 0; });
    }
    QTest::addRow("guard: mean") << Change([](CheckpointContent& content) { content.facts["guard"]["mean"] = 0.0; });
    QTest::addRow("guard: used") << Change([](CheckpointContent& content) { content.facts["guard"]["used"] = 0; });
    QTest::addRow("guard: rate") << Change([](CheckpointContent& content) { content.facts["guard"]["rate_until"] = 9; });
    QTest::addRow("guard: rollback") << Change([](CheckpointContent& content) { content.facts["guard"]["rollback_at"] = 9; });
  }

  void everyItemOfTheStateIsNeeded() {
    using Change = std::function<void(CheckpointContent&)>;
    QFETCH(const Change, change);
    const RunDirectory run = training_->new_run(training_->plan());
    TinyTraining::train(run, 1, 7);
    doctor(run.checkpoint_of(7), change);
    bool same = false;
    try {
      TinyTraining::train(run, 1);
      const int64_t end = run.newest_checkpoint()->step;
      same = end == resume_last_step && TinyTraining::hash_at(run, end) == TinyTraining::hash_at(whole_.at(1), resume_last_step);
    } catch (const Error&) {
      same = false;  // refused: it shows as well
    }
    const bool nothing = std::string(QTest::currentDataTag()) == "nothing";
    QCOMPARE(same, nothing);
  }

  void whatLacksAnythingIsRefused_data() {
    QTest::addColumn<QString>("member");
    for (const char* member : {"cursor", "guard", "quarantine", "seed", "global_batch", "batch_ranks", "data", "optimizer", "exp_avg_sq"}) {
      QTest::addRow("%s", member) << QString(member);
    }
  }

  void whatLacksAnythingIsRefused() {
    QFETCH(const QString, member);
    const std::string name = member.toStdString();
    const RunDirectory run = training_->new_run(training_->plan());
    TinyTraining::train(run, 1, 1);
    doctor(run.checkpoint_of(1), [&](CheckpointContent& content) {
      content.facts.erase(name);
      std::erase_if(content.state, [&](const NamedTensor& entry) { return entry.name.starts_with(name + ".conv_in"); });
    });
    const std::string said = error_of([&] { TinyTraining::train(run, 1); });
    QVERIFY2(said.find(name) != std::string::npos && said.find("missing") != std::string::npos, said.c_str());
  }

  void changedDataOfThePhaseIsRefused() {
    write_tiny_dataset(training_->path("c"), 20, 3);
    TrainingPlan plan = training_->plan();
    plan.phases[0].sources[0].dataset = training_->path("c").string();
    const RunDirectory run = training_->new_run(plan);
    TinyTraining::train(run, 1, 1);
    std::filesystem::remove_all(training_->path("c"));
    write_tiny_dataset(training_->path("c"), 20, 4);
    const std::string said = error_of([&] { TinyTraining::train(run, 1); });
    QVERIFY2(said.find("other samples now") != std::string::npos, said.c_str());
  }

  void damagedNewestCheckpointFallsBackToTheOneBefore() {
    const RunDirectory run = training_->new_run(training_->plan());
    TinyTraining::train(run, 1, 5);
    QVERIFY(std::filesystem::exists(run.checkpoint_of(4)));
    {
      std::fstream file(run.checkpoint_of(5) / "training_state.safetensors", std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(5000);
      file.put('x');
    }
    TinyTraining::train(run, 1);
    QCOMPARE(TinyTraining::entries(run, JournalEvent::resumed).back().fields["step"].get<int>(), 4);
    QCOMPARE(TinyTraining::hash_at(run, resume_last_step), TinyTraining::hash_at(whole_.at(1), resume_last_step));
  }

  void anotherNumberOfRanksKeepsBatchOrderAndSchedule() {
    const std::vector<double> expected = losses_of(whole_.at(2));
    for (const int ranks : {1, 4}) {
      const RunDirectory run = training_->new_run(training_->plan(2));
      TinyTraining::train(run, 2, 3);
      TinyTraining::train(run, ranks);
      const std::vector<double> losses = losses_of(run);
      QCOMPARE(losses.size(), expected.size());
      for (size_t i = 0; i < losses.size(); ++i) {
        QVERIFY2(std::abs(losses[i] - expected[i]) < 1e-3 * expected[i], QByteArray::number(losses[i]).constData());
      }
    }
  }

  void numberOfRanksThatDoesNotDivideTheBatchIsRefusedWithTheReason() {
    const RunDirectory run = training_->new_run(training_->plan(2));
    TinyTraining::train(run, 2, 1);
    const std::string said = error_of([&] { TinyTraining::train(run, 3); });
    QVERIFY2(said.find("batch of 8 samples cannot be shared out among 3 devices") != std::string::npos, said.c_str());
  }

 private:
  std::unique_ptr<TinyTraining> training_;
  std::map<int, RunDirectory> whole_;  ///< uninterrupted, by ranks
};

DARKROOM_TEST(ExactResumeTest);
#include "exact_resume_test.moc"
