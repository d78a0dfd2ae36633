// SPDX-License-Identifier: Apache-2.0
// A whole training gives the numbers of a loop over its parts, which training_parity_test holds against PyTorch; and what may not change
// them does not.
#include "core/kernels/adamw_ema.h"
#include "core/kernels/grad_norm.h"
#include "core/train/batcher.h"
#include "core/train/optimizer.h"
#include "core/train/phase_data.h"
#include "core/train/text_conditioning.h"
#include "core/train/train_step.h"
#include "core/train/training_model.h"
#include "tests/core/train/training_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr int64_t numbers_last_step = 10;

using Change = std::function<void(TrainingPlan&)>;

void use_everything(TrainingPlan& plan) {
  plan.ema.more_decays = {0.9, 0.5};
  PhasePlan& first = plan.phases[0];
  first.prediction = "flow";
  first.timestep_sampling = "logit_normal";
  first.timestep_mean = 0.3;
  first.schedule = "linear";
  first.offset_noise = 0.1;
  first.loss = "huber";
  PhasePlan& second = plan.phases[1];
  second.zero_terminal_snr = true;
  second.schedule = "polynomial";
  second.schedule_power = 2;
  second.min_snr_gamma = 2;
  second.memory_format = "contiguous";  // the first phase has channels_last
}

ConvolutionMemory memory_of(const TrainingPlan& plan, const PhasePlan& phase) {
  return plan.memory_format_of(phase) == "channels_last" ? ConvolutionMemory::channels_last : ConvolutionMemory::contiguous;
}

/// Weights and averages, by name, after the plan's ten steps: the loop written out.
std::map<std::string, torch::Tensor> loop(const TrainingPlan& plan) {
  const PlanData data(plan, 1);
  const TrainingModel model = open_training_model(plan, torch::kCPU);
  TextConditioning text(model.text, torch::kCPU, false);
  std::unique_ptr<ParameterArena> arena;
  std::unique_ptr<Optimizer> optimizer;
  int64_t update = 0;
  for (size_t index = 0; index < data.phases().size(); ++index) {
    const PhaseData& phase = data.phases()[index];
    const ArenaOptions options{torch::kCPU, torch::kFloat32, memory_of(plan, *phase.plan), moments_of(plan.optimizer),
                               1 + plan.ema.more_decays.size()};
    auto next = std::make_unique<ParameterArena>(model.unet->layout(), options);
    auto next_optimizer = make_optimizer(plan.optimizer, plan.clip_norm, *next);
    if (arena) {
      std::vector<Weights> emas;
      for (size_t i = 0; i < options.emas; ++i) {
        emas.push_back(arena->views(ema_buffers.at(i)));
      }
      load_arena(*next, arena->views(ArenaBuffer::master), emas);
      next_optimizer->load(optimizer->named_state(), "test");
    } else {
      start_weights(*next, *next_optimizer, plan.model);
    }
    optimizer = std::move(next_optimizer);
    arena = std::move(next);
    const NoiseSchedule schedule = NoiseSchedule::from_config(scheduler_of_phase(*phase.plan), "test");
    const int64_t micro_steps = plan.batch.accumulation;
    for (int64_t batch = 0; batch < phase.batches; ++batch) {
      const StepBatch samples = make_step_batch(phase.train, phase.mixture,
                                                {.seed = static_cast<uint64_t>(plan.seed),
                                                 .phase = static_cast<int64_t>(index),
                                                 .micro_steps = micro_steps,
                                                 .timesteps = timestep_rule_of(*phase.plan),
                                                 .offset_noise = phase.plan->offset_noise,
                                                 .cfg_dropout = phase.plan->cfg_dropout},
                                                batch);
      for (const MicroBatch& micro : samples.micro) {
        train_step(*model.unet, arena->leaves(),
                   {.x0_BCHW = micro.x0_BCHW,
                    .eps_BCHW = micro.eps_BCHW,
                    .t_B = micro.t_B,
                    .context_BLD = text.encode(micro.ids_BL, micro.mask_BL)},
                   schedule,
                   {.prediction = prediction_from_name(phase.plan->prediction),
                    .loss = loss_from_name(phase.plan->loss),
                    .huber_delta = phase.plan->huber_delta,
                    .min_snr_gamma = phase.plan->min_snr_gamma,
                    .loss_scale = 1.0 / static_cast<double>(micro_steps),
                    .channels_last = options.convolution_memory == ConvolutionMemory::channels_last,
                    .run = {}});
      }
      OptimizerStep step{.lr = lr_schedule_of(*phase.plan, phase.batches).at(batch), .update = update + 1, .ema_decays = {}};
      step.ema_decays.push_back(ema_decay_at(plan.ema.decay, plan.ema.warmup, update));
      for (const double decay : plan.ema.more_decays) {
        step.ema_decays.push_back(ema_decay_at(decay, plan.ema.warmup, update));
      }
      optimizer->step(step, grad_norm(arena->flat(ArenaBuffer::gradient)));
      ++update;
    }
  }
  std::map<std::string, torch::Tensor> all;
  for (int i = 0; i < arena->layout().size(); ++i) {
    const std::string& name = arena->layout().slot(i).name;
    all.emplace("unet " + name, arena->view(ArenaBuffer::master, i).clone());
    for (size_t k = 0; k < arena->options().emas; ++k) {
      all.emplace(ema_folder(k) + " " + name, arena->view(ema_buffers.at(k), i).clone());
    }
  }
  return all;
}

void each_optimizer() {
  QTest::addColumn<QString>("optimizer");
  QTest::addColumn<bool>("everything");
  for (const char* name : {"adamw", "adamw8bit", "adafactor"}) {
    QTest::addRow("%s", name) << QString(name) << false;
    QTest::addRow("%s, everything else too", name) << QString(name) << true;
  }
}

}  // namespace

class TrainingNumbersTest : public QObject {
  Q_OBJECT

  std::unique_ptr<TinyTraining> training_;

  TrainingPlan plan_of_row(int64_t world_size = 1) const {
    QFETCH(QString, optimizer);
    QFETCH(bool, everything);
    TrainingPlan plan = training_->plan(world_size);
    plan.optimizer.name = optimizer.toStdString();
    if (everything) {
      use_everything(plan);
    }
    return plan;
  }

  /// Saved at the end alone.
  RunDirectory trained(TrainingPlan plan) const {
    plan.checkpoint.every_steps = 0;
    plan.checkpoint.every_epochs = 100;
    const RunDirectory run = training_->new_run(plan);
    TinyTraining::train(run, 1);
    return run;
  }
  std::string hash_of(const TrainingPlan& plan) const { return TinyTraining::hash_at(trained(plan), numbers_last_step); }

 private slots:
  void initTestCase() {
    training_ = std::make_unique<TinyTraining>();
    at::set_num_threads(1);
  }

  void aTrainingIsALoopOverItsParts_data() { each_optimizer(); }
  void aTrainingIsALoopOverItsParts() {
    const TrainingPlan plan = plan_of_row();
    const std::unique_ptr<UNetModel> unet = make_unet(tiny_unet());
    const CheckpointState state = read_checkpoint(trained(plan).checkpoint_of(numbers_last_step), unet->layout());
    QCOMPARE(state.more_emas.size(), plan.ema.more_decays.size());
    const auto expected = loop(plan);
    for (int i = 0; i < unet->layout().size(); ++i) {
      const std::string& name = unet->layout().slot(i).name;
      const auto index = static_cast<size_t>(i);
      QVERIFY2(torch::equal(state.master[index], expected.at("unet " + name)), name.c_str());
      QVERIFY2(torch::equal(state.ema[index], expected.at("unet_ema " + name)), name.c_str());
      for (size_t k = 0; k < state.more_emas.size(); ++k) {
        QVERIFY2(torch::equal(state.more_emas[k][index], expected.at(ema_folder(k + 1) + " " + name)), name.c_str());
      }
    }
  }

  void resumedInAnyPhaseTheBitsAreTheSame_data() { each_optimizer(); }
  void resumedInAnyPhaseTheBitsAreTheSame() {
    const TrainingPlan plan = plan_of_row();
    const RunDirectory whole = training_->new_run(plan);
    TinyTraining::train(whole, 1);
    const RunDirectory run = training_->new_run(plan);
    for (const int64_t stop : {3, 6, 8, 10}) {
      TinyTraining::train(run, 1, stop);
    }
    QCOMPARE(TinyTraining::hash_at(run, numbers_last_step), TinyTraining::hash_at(whole, numbers_last_step));
  }

  void recomputingChangesNothingButTheOrderOfSums() {
    const std::unique_ptr<UNetModel> unet = make_unet(tiny_unet());
    std::map<std::string, CheckpointState> states;
    for (const char* recompute : {"none", "blocks", "auto"}) {
      TrainingPlan plan = training_->plan();
      plan.recompute = recompute;
      states.emplace(recompute, read_checkpoint(trained(plan).checkpoint_of(numbers_last_step), unet->layout()));
    }
    double most = 0;
    for (size_t i = 0; i < states["none"].master.size(); ++i) {
      QVERIFY(torch::equal(states["none"].master[i], states["auto"].master[i]));  // a CPU has memory enough
      most = std::max(most, (states["none"].master[i] - states["blocks"].master[i]).abs().max().item<double>());
    }
    QVERIFY2(most < 1e-5, std::to_string(most).c_str());
  }

  void latentsInMemoryChangeNoBit() {
    std::set<std::string> hashes;
    for (const auto& [memory, fraction] : {std::pair{"mapped", 1.0}, {"ram", 1.0}, {"ram", 0.4}}) {
      TrainingPlan plan = training_->plan();
      plan.latents.memory = memory;
      plan.latents.fraction = fraction;
      hashes.insert(hash_of(plan));
    }
    QCOMPARE(hashes.size(), size_t{1});
  }

  void everyNewFieldChangesTheRun_data() {
    QTest::addColumn<Change>("change");
    const auto row = [](const char* name, Change change) { QTest::addRow("%s", name) << std::move(change); };
    row("schedule", [](TrainingPlan& plan) { plan.phases[0].schedule = "linear"; });
    row("schedule_power", [](TrainingPlan& plan) {
      plan.phases[0].schedule = "polynomial";
      plan.phases[0].schedule_power = 3;
    });
    row("prediction", [](TrainingPlan& plan) { plan.phases[0].prediction = "flow"; });
    row("timestep_sampling", [](TrainingPlan& plan) { plan.phases[0].timestep_sampling = "logit_normal"; });
    row("timestep_mean", [](TrainingPlan& plan) {
      plan.phases[0].timestep_sampling = "logit_normal";
      plan.phases[0].timestep_mean = 2;
    });
    row("timestep_std", [](TrainingPlan& plan) {
      plan.phases[0].timestep_sampling = "logit_normal";
      plan.phases[0].timestep_std = 0.2;
    });
    row("zero_terminal_snr", [](TrainingPlan& plan) { plan.phases[1].zero_terminal_snr = true; });
    row("offset_noise", [](TrainingPlan& plan) { plan.phases[0].offset_noise = 0.1; });
    row("loss", [](TrainingPlan& plan) { plan.phases[0].loss = "huber"; });
    row("huber_delta", [](TrainingPlan& plan) {
      plan.phases[0].loss = "huber";
      plan.phases[0].huber_delta = 0.5;
    });
    row("optimizer", [](TrainingPlan& plan) { plan.optimizer.name = "adamw8bit"; });
    row("adafactor", [](TrainingPlan& plan) { plan.optimizer.name = "adafactor"; });
    row("decay_power", [](TrainingPlan& plan) {
      plan.optimizer.name = "adafactor";
      plan.optimizer.decay_power = 0.5;
    });
    row("update_clip", [](TrainingPlan& plan) {
      plan.optimizer.name = "adafactor";
      plan.optimizer.update_clip = 0.1;
    });
    row("decays", [](TrainingPlan& plan) { plan.ema.more_decays = {0.5}; });
  }
  void everyNewFieldChangesTheRun() {
    QFETCH(Change, change);
    TrainingPlan plan = training_->plan();
    std::vector<Problem> problems;
    change(plan);
    check_plan(plan, problems);
    QVERIFY2(problems.empty(), problems_text("plan", problems).c_str());
    const std::string hash = hash_of(plan);
    QVERIFY(hashes_.insert(hash).second);  // unlike all others so far
  }

  void aBranchWithAnotherOptimiserIsRefusedByName() {
    const RunDirectory parent = training_->new_run(training_->plan());
    TinyTraining::train(parent, 1, 2);
    TrainingPlan plan = training_->plan();
    plan.model.init_from = parent.checkpoint_of(2).string();
    plan.optimizer.name = "adamw8bit";
    try {
      TinyTraining::train(training_->new_run(plan), 1, 1);
      QFAIL("trained");
    } catch (const Error& error) {
      QVERIFY2(std::string(error.what()).find("exp_avg") != std::string::npos, error.what());
    }
  }

  void aBranchWithMoreAveragesStartsThemFromTheFirst() {
    const RunDirectory parent = training_->new_run(training_->plan());
    TinyTraining::train(parent, 1, 2);
    TrainingPlan plan = training_->plan();
    plan.model.init_from = parent.checkpoint_of(2).string();
    plan.ema.more_decays = {0.0};  // follows the weights at once
    const RunDirectory child = training_->new_run(plan);
    TinyTraining::train(child, 1, 1);
    const std::unique_ptr<UNetModel> unet = make_unet(tiny_unet());
    const CheckpointState state = read_checkpoint(child.checkpoint_of(1), unet->layout());
    for (size_t i = 0; i < state.master.size(); ++i) {
      QVERIFY(torch::allclose(state.more_emas.at(0)[i], state.master[i], 1e-6, 1e-7));
    }
    QVERIFY(!torch::equal(state.ema[0], state.master[0]));
  }

 private:
  std::set<std::string> hashes_;
};

DARKROOM_TEST(TrainingNumbersTest);
#include "training_numbers_test.moc"
