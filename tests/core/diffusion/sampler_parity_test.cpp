// SPDX-License-Identifier: Apache-2.0
// Goldens: tests/parity/make_sampler_goldens.py (whole loops of stock diffusers schedulers and of k-diffusion's samplers, in float32, over
// an analytic model). What is compared: the train steps that the model is asked at, and the latents at the end, relative to their norm.
#include <map>

#include "core/base/json.h"
#include "core/diffusion/sampler.h"
#include "tests/core/diffusion/diffusion_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

torch::Tensor element() { return torch::arange(16, torch::kFloat64).view({1, 4, 2, 2}); }
torch::Tensor start_noise() { return (1.3 * torch::sin(element() * 2.1 + 0.4)).to(torch::kFloat32); }
torch::Tensor latents() { return (2.5 * torch::cos(element() * 0.7)).to(torch::kFloat32); }

double relative(const torch::Tensor& got, const std::vector<double>& expected) {
  const torch::Tensor wanted = torch::tensor(expected, torch::kFloat64);
  return ((got.flatten().to(torch::kFloat64) - wanted).norm() / wanted.norm()).item<double>();
}

// The draws of the golden maker: a formula of the number of the draw.
StepNoise numbered_draws() {
  return [count = 0](const torch::Tensor&, double, double) mutable {
    ++count;
    return (1.4 * torch::sin(element() * 1.7 + 0.9 * count)).to(torch::kFloat32);
  };
}

// Relative. The classes behind these four differ by up to 3e-5 from themselves with float64 sigmas (measured: DEIS 2.6e-5, LMS 1.5e-5, Heun
// 7e-6); DPM2 a takes its lower sigma from a difference of squares in float32.
double largest_difference(const std::string& sampler) {
  return sampler == "dpm2_a" || sampler == "deis" || sampler == "lms" || sampler == "heun" ? 5e-5 : 1e-5;
}

struct Outcome {
  torch::Tensor x;
  std::vector<double> asked;
};

Outcome outcome_of(const Json& loop) {
  const Sampler& sampler = find_sampler(loop.at("sampler").get<std::string>());
  SamplingRequest request;
  request.steps = loop.at("steps").get<int64_t>();
  request.schedule = sigma_schedule_from_name(loop.at("schedule").get<std::string>());
  request.eta = loop.value("eta", 0.0);
  request.strength = loop.value("strength", 1.0);
  if (loop.contains("spacing")) {
    request.model.spacing = timestep_spacing_from_name(loop.at("spacing").get<std::string>());
  }
  SamplerRun run;
  run.plan = plan_sampling(loop.value("zero_snr", false) ? sd15().rescaled_zero_terminal_snr() : sd15(), sampler, request);
  run.prediction = prediction_from_name(loop.at("prediction").get<std::string>());
  run.noise = numbered_draws();
  Outcome outcome;
  const auto model = [&](const torch::Tensor& x, double t) {
    outcome.asked.push_back(t);
    return torch::tanh(0.7 * x) + 0.1 * std::sin(t / 100);
  };
  outcome.x = sampler.run(model, request.strength < 1 ? run.plan.start(latents(), start_noise()) : start_noise(), run);
  return outcome;
}

QString name_of(const Json& loop) {
  Json shown = loop;
  shown.erase("asked");
  shown.erase("final");
  return QString::fromStdString(shown.dump());
}

// Whole train steps are exact. diffusers finds DPM2 a's lower sigma as a difference of squares in float32, which costs it some digits.
void same_train_steps(const Json& loop, const std::vector<double>& asked) {
  const double fraction = loop.at("sampler") == "dpm2_a" ? 2e-2 : 2e-3;
  const auto expected = loop.at("asked").get<std::vector<double>>();
  QVERIFY2(asked.size() == expected.size(), qPrintable(name_of(loop) + QString(": %1 calls").arg(asked.size())));
  for (size_t i = 0; i < asked.size(); ++i) {
    const bool whole = expected[i] == std::floor(expected[i]) && asked[i] == std::floor(asked[i]);
    QVERIFY2(std::abs(asked[i] - expected[i]) <= (whole ? 0 : fraction),
             qPrintable(name_of(loop) + QString(": call %1 at %2, expected %3").arg(i).arg(asked[i], 0, 'f', 6).arg(expected[i])));
  }
}

}  // namespace

class SamplerParityTest : public QObject {
  Q_OBJECT

 private slots:
  void wholeLoopsAgree_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("sampler");
    for (const Sampler& sampler : samplers()) {
      const bool noisy = sampler.noise == NoiseUse::always;
      QTest::newRow(sampler.name.c_str()) << QString(noisy ? "noisy_samplers.json" : "samplers.json")
                                          << QString::fromStdString(sampler.name);
    }
  }

  void wholeLoopsAgree() {
    QFETCH(QString, file);
    QFETCH(QString, sampler);
    const double most = largest_difference(sampler.toStdString());
    double worst = 0;
    QString worst_loop;
    int loops = 0;
    for (const Json& loop : golden(qPrintable(file)).at("loops")) {
      if (loop.at("sampler").get<std::string>() != sampler.toStdString()) {
        continue;
      }
      const Outcome outcome = outcome_of(loop);
      same_train_steps(loop, outcome.asked);
      if (QTest::currentTestFailed()) {
        return;
      }
      const double off = relative(outcome.x, loop.at("final").get<std::vector<double>>());
      if (!(off <= worst)) {
        worst = off;
        worst_loop = name_of(loop);
      }
      ++loops;
    }
    QVERIFY(loops >= 8);
    qInfo("%d loops, largest relative difference %.2g in %s", loops, worst, qPrintable(worst_loop));
    QVERIFY2(worst <= most, qPrintable(worst_loop));
  }

  void noiseIsScaledAsTheReferenceScalesIt() {
    for (const Json& row : golden("samplers.json").at("starts")) {
      SamplingRequest request;
      request.steps = 20;
      request.spacing = timestep_spacing_from_name(row.at("spacing").get<std::string>());
      const SamplingPlan plan = plan_sampling(sd15(), find_sampler(row.at("sampler").get<std::string>()), request);
      QVERIFY2(std::abs(plan.noise_scale - row.at("scale").get<double>()) < 1e-6, row.dump().c_str());
      QVERIFY(torch::allclose(plan.start(start_noise()), row.at("scale").get<double>() * start_noise(), 1e-6, 1e-6));
    }
  }

  void brownianTreeOfKDiffusionIsReplayedStepByStep() {
    const Json& tree = golden("noisy_samplers.json").at("tree");
    SamplingRequest request;
    request.steps = tree.at("steps").get<int64_t>();
    request.schedule = sigma_schedule_from_name(tree.at("schedule").get<std::string>());
    SamplerRun run;
    run.plan = plan_sampling(sd15(), find_sampler("dpmpp_sde"), request);
    std::vector<std::pair<double, double>> intervals;
    run.noise = [&](const torch::Tensor& x, double sigma, double sigma_next) {
      const Json& draw = tree.at("draws").at(intervals.size());
      intervals.emplace_back(sigma, sigma_next);
      return torch::tensor(draw.at("noise").get<std::vector<double>>(), torch::kFloat32).view(x.sizes());
    };
    const auto model = [](const torch::Tensor& x, double t) { return torch::tanh(0.7 * x) + 0.1 * std::sin(t / 100); };
    const torch::Tensor x = sample_dpmpp_sde(model, start_noise(), run);
    QCOMPARE(intervals.size(), tree.at("draws").size());
    for (size_t i = 0; i < intervals.size(); ++i) {
      QVERIFY(std::abs(intervals[i].first / tree.at("draws").at(i).at("sigma").get<double>() - 1) < 5e-6);
      QVERIFY(std::abs(intervals[i].second / tree.at("draws").at(i).at("sigma_next").get<double>() - 1) < 5e-6);
    }
    QVERIFY(relative(x, tree.at("final").get<std::vector<double>>()) < 1e-5);
  }
};

DARKROOM_TEST(SamplerParityTest);
#include "sampler_parity_test.moc"
