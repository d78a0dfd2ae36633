// SPDX-License-Identifier: Apache-2.0
// Twenty steps beside a loop of diffusers and torch.optim: tests/parity/make_training_goldens.py. Weights, latents, captions, noise,
// timesteps and caption dropout come from the same counter-based generator on both sides; the rest of the loop is written here from the
// engine's parts.
#include <QTemporaryDir>

#include "core/base/json.h"
#include "core/checkpoint/checkpoint.h"
#include "core/distributed/gradient_reducer.h"
#include "core/kernels/adamw_ema.h"
#include "core/kernels/grad_norm.h"
#include "core/nn/unet.h"
#include "core/plan/lr_schedule.h"
#include "core/tensor/counter_rng.h"
#include "core/train/optimizer.h"
#include "core/train/sample_draws.h"
#include "core/train/step_statistics.h"
#include "core/train/train_step.h"
#include "core/train/training_model.h"
#include "tests/core/distributed/rank_threads.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr uint64_t latent_stream = 1;
constexpr uint64_t caption_stream = 2;
constexpr uint64_t empty_stream = 3;
constexpr double loss_tolerance = 1e-5;    // relative
constexpr double weight_tolerance = 1e-5;  // absolute; weights are about 0.1

const Json& golden_training() {
  static const Json read = [] {
    const char* other = std::getenv("DARKROOM_TRAINING_GOLDEN");  // of a larger model: the script's --size
    return read_json_file(other != nullptr ? other : DARKROOM_TEST_DATA "/golden/training.json");
  }();
  return read;
}

const Json& case_named(const std::string& name) {
  for (const Json& entry : golden_training().at("cases")) {
    if (entry.at("name") == name) {
      return entry;
    }
  }
  throw std::invalid_argument("no case " + name);
}

torch::Tensor normal(const std::vector<int64_t>& shape, uint64_t seed, uint64_t stream, uint64_t sample) {
  int64_t count = 1;
  for (const int64_t extent : shape) {
    count *= extent;
  }
  return counter_normal(count, {seed, stream, sample}).view(shape);
}

uint64_t name_stream(const std::string& name) {
  uint64_t hash = 14695981039346656037ULL;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return hash;
}

Weights starting_weights(const ParameterLayout& layout) {
  const auto seed = golden_training().at("weight_seed").get<uint64_t>();
  Weights weights;
  for (const ParameterSlot& slot : layout.all_slots()) {
    const torch::Tensor values = normal(slot.shape, seed, name_stream(slot.name), 0);
    if (slot.shape.size() >= 2) {
      weights.push_back(values * static_cast<float>(1 / std::sqrt(static_cast<double>(slot.numel / slot.shape[0]))));
    } else {
      const bool scale = slot.name.find("norm") != std::string::npos && slot.name.ends_with("weight");
      weights.push_back(values * 0.1F + (scale ? 1 : 0));
    }
  }
  return weights;
}

/// A case as a phase of a plan, and what stands outside a phase.
struct Way {
  PhasePlan phase;
  OptimizerPlan optimizer;
  int64_t ranks = 1;
  int64_t micro_steps = 1;
  int64_t resume_at = -1;
  bool recompute = false;
  ConvolutionMemory memory = ConvolutionMemory::contiguous;
};

Way way_of(const Json& entry) {
  const Json& settings = entry.at("settings");
  Way way;
  way.phase.peak_lr = golden_training().at("peak_lr");
  way.phase.warmup_steps = golden_training().at("warmup_steps");
  way.phase.warmup_from = golden_training().at("warmup_from");
  way.phase.floor = golden_training().at("floor");
  way.phase.cfg_dropout = golden_training().at("cfg_dropout");
  way.phase.schedule = settings.value("schedule", way.phase.schedule);
  way.phase.schedule_power = settings.value("power", way.phase.schedule_power);
  way.phase.prediction = settings.value("prediction", way.phase.prediction);
  way.phase.min_snr_gamma = settings.value("gamma", way.phase.min_snr_gamma);
  way.phase.zero_terminal_snr = settings.value("zero_terminal_snr", false);
  way.phase.timestep_sampling = settings.value("timesteps", way.phase.timestep_sampling);
  way.phase.loss = settings.value("loss", way.phase.loss);
  way.phase.offset_noise = settings.value("offset_noise", 0.0);
  way.optimizer.name = settings.value("optimizer", way.optimizer.name);
  way.ranks = settings.value("ranks", int64_t{1});
  way.micro_steps = settings.value("micro_steps", int64_t{1});
  way.resume_at = settings.value("resume_at", int64_t{-1});
  way.recompute = settings.value("recompute", false);
  return way;
}

struct Row {
  double loss = 0;
  double loss_unweighted = 0;
  double grad_norm = 0;
  double lr = 0;
};

/// Of one tensor; the tensors themselves would be gigabytes.
struct Summary {
  double first = 0;
  double last = 0;
  double norm = 0;
};
using Summaries = std::vector<Summary>;  // in slot order

struct Trained {
  std::vector<Row> rows;
  Summaries weights;
  std::vector<Summaries> emas;
};

constexpr ArenaBuffer averages[] = {ArenaBuffer::ema, ArenaBuffer::ema_2};

/// One rank with weights, averages and optimiser state of its own.
class Rank {
 public:
  Rank(const UNetModel& unet, const Way& way, ProcessGroup& group)
      : unet_(unet),
        way_(way),
        group_(group),
        arena_(unet.layout(), {torch::kCPU, torch::kFloat32, way.memory, moments_of(way.optimizer), golden_training().at("emas").size()}),
        optimizer_(make_optimizer(way.optimizer, golden_training().at("clip_norm"), arena_)),
        reducer_(arena_, group),
        schedule_(NoiseSchedule::from_config(scheduler_of_phase(way.phase), "test")),
        lr_(lr_schedule_of(way.phase, golden_training().at("total_steps"))) {
    arena_.load(starting_weights(unet.layout()));
  }

  Row step(int64_t step) {
    StepStatistics statistics(torch::kCPU);
    const auto batch = golden_training().at("batch").get<int64_t>();
    const int64_t mine = batch / way_.ranks;
    const int64_t each = mine / way_.micro_steps;
    for (int64_t micro = 0; micro < way_.micro_steps; ++micro) {
      std::vector<uint64_t> orders;
      for (int64_t i = micro * each; i < (micro + 1) * each; ++i) {
        orders.push_back(static_cast<uint64_t>(step * batch + i * way_.ranks + group_.place().rank));
      }
      if (micro + 1 == way_.micro_steps) {
        reducer_.start();
      }
      const TrainInputs inputs = inputs_of(orders);
      const TrainLosses losses = train_step(unet_, arena_.leaves(), inputs, schedule_,
                                            {.prediction = prediction_from_name(way_.phase.prediction),
                                             .loss = loss_from_name(way_.phase.loss),
                                             .huber_delta = way_.phase.huber_delta,
                                             .min_snr_gamma = way_.phase.min_snr_gamma,
                                             .loss_scale = 1.0 / static_cast<double>(way_.micro_steps * way_.ranks),
                                             .channels_last = way_.memory == ConvolutionMemory::channels_last,
                                             .run = {.recompute = way_.recompute, .context_mask_BL = std::nullopt}});
      statistics.add(losses, inputs.t_B, torch::zeros_like(inputs.t_B), schedule_.train_steps());
    }
    group_.all_reduce_sum(statistics.sums())->wait();
    reducer_.finish();
    const torch::Tensor norm = grad_norm(arena_.flat(ArenaBuffer::gradient));
    const StepStatistics::Reading reading = statistics.read();
    const Row row{reading.loss, reading.loss_unweighted, norm.item<double>(), lr_.at(step)};
    OptimizerStep settings{.lr = row.lr, .update = step + 1, .ema_decays = {}};
    for (const Json& decay : golden_training().at("emas")) {
      settings.ema_decays.push_back(ema_decay_at(decay, true, step));
    }
    optimizer_->step(settings, norm);
    return row;
  }

  void save(const std::filesystem::path& folder) const {
    CheckpointContent content;
    content.layout = &arena_.layout();
    content.unet_config = to_json(unet_.config());
    content.master = arena_.views(ArenaBuffer::master);
    content.ema = arena_.views(ArenaBuffer::ema);
    for (size_t i = 1; i < golden_training().at("emas").size(); ++i) {
      content.more_emas.push_back(arena_.views(averages[i]));
    }
    content.state = optimizer_->state();
    content.facts = Json::object();
    write_checkpoint(folder, content);
  }

  void load(const std::filesystem::path& folder) { restore_training(arena_, *optimizer_, read_checkpoint(folder, arena_.layout())); }

  Trained result(std::vector<Row> rows) const {
    const auto summaries = [this](ArenaBuffer buffer) {
      Summaries all;
      for (const torch::Tensor& view : arena_.views(buffer)) {
        const torch::Tensor flat = view.contiguous().flatten().to(torch::kFloat64);
        all.push_back({flat[0].item<double>(), flat[-1].item<double>(), flat.norm().item<double>()});
      }
      return all;
    };
    Trained trained{std::move(rows), summaries(ArenaBuffer::master), {}};
    for (size_t i = 0; i < golden_training().at("emas").size(); ++i) {
      trained.emas.push_back(summaries(averages[i]));
    }
    return trained;
  }

 private:
  TrainInputs inputs_of(const std::vector<uint64_t>& orders) const {
    const auto seed = golden_training().at("seed").get<uint64_t>();
    const auto weight_seed = golden_training().at("weight_seed").get<uint64_t>();
    const auto side = golden_training().at("side").get<int64_t>();
    const std::vector<int64_t> caption{golden_training().at("tokens").get<int64_t>(), unet_.context_dim()};
    std::vector<torch::Tensor> x0;
    std::vector<torch::Tensor> eps;
    std::vector<torch::Tensor> states;
    std::vector<int64_t> t;
    for (const uint64_t order : orders) {
      const SampleKey key{.seed = seed, .phase = 0, .order = order};
      x0.push_back(normal({4, side, side}, weight_seed, latent_stream, order));
      eps.push_back(draw_noise(key, 4 * side * side).view({4, side, side}));
      if (way_.phase.offset_noise > 0) {
        eps.back().add_(draw_offset(key, 4).view({4, 1, 1}), way_.phase.offset_noise);
      }
      t.push_back(draw_timestep(key, schedule_.train_steps(), timestep_rule_of(way_.phase)));
      const bool dropped = draw_caption_dropout(key, way_.phase.cfg_dropout);
      states.push_back(normal(caption, weight_seed, dropped ? empty_stream : caption_stream, dropped ? 0 : order));
    }
    return {.x0_BCHW = torch::stack(x0),
            .eps_BCHW = torch::stack(eps),
            .t_B = torch::tensor(t, torch::kInt64),
            .context_BLD = torch::stack(states)};
  }

  const UNetModel& unet_;
  Way way_;
  ProcessGroup& group_;
  ParameterArena arena_;
  std::unique_ptr<Optimizer> optimizer_;
  GradientReducer reducer_;
  NoiseSchedule schedule_;
  LearningRateSchedule lr_;
};

Trained train(const UNetModel& unet, const Way& way) {
  const QTemporaryDir folder;
  const std::vector<Trained> ranks = on_ranks(static_cast<int>(way.ranks), [&](ProcessGroup& group) {
    auto rank = std::make_unique<Rank>(unet, way, group);
    std::vector<Row> rows;
    for (int64_t step = 0; step < golden_training().at("steps").get<int64_t>(); ++step) {
      if (step == way.resume_at) {
        const std::filesystem::path checkpoint = std::filesystem::path(folder.path().toStdString()) / "checkpoint";
        rank->save(checkpoint);
        rank = std::make_unique<Rank>(unet, way, group);
        rank->load(checkpoint);
      }
      rows.push_back(rank->step(step));
    }
    return rank->result(std::move(rows));
  });
  return ranks.front();
}

double relative(double actual, double expected) { return std::abs(actual - expected) / std::abs(expected); }

/// The largest distance of the first and last elements, and of norms relative to the number of elements' root.
double distance(const ParameterLayout& layout, const Summaries& actual, const Json& expected) {
  double most = 0;
  for (int i = 0; i < layout.size(); ++i) {
    const Summary& summary = actual[static_cast<size_t>(i)];
    const Json& wanted = expected.at(layout.slot(i).name);
    const double root = std::sqrt(static_cast<double>(layout.slot(i).numel));
    most = std::max({most, std::abs(summary.first - wanted.at(0).get<double>()), std::abs(summary.last - wanted.at(1).get<double>()),
                     std::abs(summary.norm - wanted.at(2).get<double>()) / root});
  }
  return most;
}

}  // namespace

class TrainingParityTest : public QObject {
  Q_OBJECT

  std::unique_ptr<UNetModel> unet_;

 private slots:
  void initTestCase() { unet_ = make_unet(unet_config_from_json(golden_training().at("config"), "golden")); }

  void twentyStepsAreThoseOfTorch_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("channels_last");
    for (const Json& entry : golden_training().at("cases")) {
      const auto name = QString::fromStdString(entry.at("name").get<std::string>());
      QTest::newRow(name.toUtf8().constData()) << name << false;
    }
    QTest::newRow("plain, channels_last") << QStringLiteral("plain") << true;
    if (golden_training().at("cases").size() > 1) {
      QTest::newRow("resume, channels_last") << QStringLiteral("resume") << true;
      QTest::newRow("adafactor, channels_last") << QStringLiteral("adafactor") << true;
    }
  }

  void twentyStepsAreThoseOfTorch() {
    QFETCH(QString, name);
    QFETCH(bool, channels_last);
    const Json& entry = case_named(name.toStdString());
    Way way = way_of(entry);
    way.memory = channels_last ? ConvolutionMemory::channels_last : ConvolutionMemory::contiguous;
    const Trained trained = train(*unet_, way);
    double loss = 0;
    double norm = 0;
    for (size_t step = 0; step < trained.rows.size(); ++step) {
      const Row& row = trained.rows[step];
      QCOMPARE(row.lr, entry.at("lr").at(step).get<double>());
      loss = std::max(
          {loss, relative(row.loss, entry.at("loss").at(step)), relative(row.loss_unweighted, entry.at("loss_unweighted").at(step))});
      norm = std::max(norm, relative(row.grad_norm, entry.at("grad_norm").at(step)));
    }
    const bool as_plain = !entry.contains("ema");
    const double ema = distance(unet_->layout(), trained.emas[0], as_plain ? case_named("plain").at("ema") : entry.at("ema"));
    qInfo("losses within %.2g (relative), gradient norms %.2g, EMA weights %.2g", loss, norm, ema);
    const bool rounds = way.optimizer.name == "adamw8bit";  // a moment on a border between two bytes may fall to either side
    QVERIFY2(loss < (rounds ? 1e-3 : loss_tolerance), std::to_string(loss).c_str());
    QVERIFY2(ema < (rounds ? 3e-4 : weight_tolerance), std::to_string(ema).c_str());
    if (name == "plain") {
      QCOMPARE(trained.emas.size() > 1, entry.contains("second_ema"));
      QVERIFY(trained.emas.size() == 1 || distance(unet_->layout(), trained.emas[1], entry.at("second_ema")) < weight_tolerance);
      QVERIFY(distance(unet_->layout(), trained.weights, entry.at("weights")) < weight_tolerance);
    }
  }
};

DARKROOM_TEST(TrainingParityTest);
#include "training_parity_test.moc"
