// SPDX-License-Identifier: Apache-2.0
#include "core/diffusion/sampler.h"

#include "core/plan/parameter_choices.h"
#include "tests/core/diffusion/diffusion_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

PathNoise noise_of_images(const std::vector<uint64_t>& seeds) {
  std::vector<at::Generator> generators;
  generators.reserve(seeds.size());
  for (const uint64_t seed : seeds) {
    generators.push_back(at::detail::createCPUGenerator(seed));
  }
  return PathNoise(std::move(generators));
}

torch::Tensor noise(uint64_t seed, int64_t batch = 1) {
  return at::randn({batch, 4, 8, 8}, at::detail::createCPUGenerator(seed), torch::TensorOptions().dtype(torch::kFloat32));
}

SamplerRun run_for(const Sampler& sampler, int64_t steps, double strength = 1) {
  SamplerRun run;
  const double eta = sampler.noise == NoiseUse::with_eta ? 0.5 : 0;
  run.plan = plan_sampling(sd15(), sampler, {.steps = steps, .spacing = {}, .model = {}, .eta = eta, .strength = strength});
  return run;
}

// The text of the Error that `call` throws, of this code; empty when it does not.
template <typename F>
QString error_with_code(ErrorCode code, const F& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code() == code ? QString(error.what()) : QString("another code: ") + error.what();
  }
  return {};
}

QString usage(const char* sampler, const SamplingRequest& request) {
  return error_with_code(ErrorCode::usage, [&] { plan_sampling(sd15(), find_sampler(sampler), request); });
}

}  // namespace

class SamplerTest : public QObject {
  Q_OBJECT

 private slots:
  void choicesOfTheParameterAreTheSamplersOfTheBuild() {
    std::vector<std::string> names;
    for (const Sampler& sampler : samplers()) {
      names.push_back(sampler.name);
    }
    const auto& choices = parameter_choices::samplers;
    QCOMPARE(names, std::vector<std::string>(std::begin(choices), std::end(choices)));
    const auto& schedules = parameter_choices::schedules;
    QCOMPARE(sigma_schedule_names(), std::vector<std::string>(std::begin(schedules), std::end(schedules)));
    const auto& spacings = parameter_choices::spacings;
    QCOMPARE(timestep_spacing_names(), std::vector<std::string>(std::begin(spacings), std::end(spacings)));
  }

  void imageOfABatchEqualsTheImageMadeAlone() {
    const std::vector<uint64_t> seeds{7, 8, 9};
    for (const Sampler& sampler : samplers()) {
      SamplerRun run = run_for(sampler, 6);
      const torch::Tensor starts = at::cat({noise(7), noise(8), noise(9)}, 0);
      run.noise = noise_of_images(seeds);
      const torch::Tensor together = sampler.run(&analytic_model, run.plan.start(starts), run);
      run.noise = noise_of_images({8});
      const torch::Tensor alone = sampler.run(&analytic_model, run.plan.start(starts.narrow(0, 1, 1)), run);
      QVERIFY2(torch::equal(together.narrow(0, 1, 1), alone), sampler.name.c_str());
      run.noise = noise_of_images({8});
      QVERIFY2(torch::equal(sampler.run(&analytic_model, run.plan.start(starts.narrow(0, 1, 1)), run), alone), sampler.name.c_str());
      if (adds_noise(sampler, run.plan.eta)) {
        run.noise = noise_of_images({1});
        QVERIFY2(!torch::allclose(sampler.run(&analytic_model, run.plan.start(starts.narrow(0, 1, 1)), run), alone), sampler.name.c_str());
      }
    }
  }

  // A model that knows the picture leads every sampler to it, however many steps, from noise and from a picture.
  void perfectModelIsFollowedToItsPicture() {
    const torch::Tensor picture = noise(3) * 0.8;
    for (const Sampler& sampler : samplers()) {
      for (const double strength : {1.0, 0.5}) {
        SamplerRun run = run_for(sampler, 10, strength);
        run.noise = noise_of_images({5});
        // eps = (x - signal picture) / noise at whatever level the sampler asks.
        const auto model = [&](const torch::Tensor& x, double t) {
          const NoiseLevel level = NoiseLevel::of_sigma(t, run.plan.sigmas.logarithmic(t));
          return (x - level.signal() * picture) / level.noise();
        };
        const torch::Tensor x = strength < 1 ? run.plan.start(picture, noise(4)) : run.plan.start(noise(4));
        const torch::Tensor made = sampler.run(model, x, run);
        const double off = ((made - picture).norm() / picture.norm()).item<double>();
        // sigma between the train steps is straight here and not there: off by the curve between two steps. LCM's c_out is not quite 1.
        const double left_over = run.plan.moves.back().to.sigma;
        QVERIFY2(off < 0.02 + 2 * left_over, qPrintable(QString("%1: %2").arg(sampler.name.c_str()).arg(off)));
      }
    }
  }

  void eachMoveIsSeenOnceWithItsCleanLatents() {
    for (const Sampler& sampler : samplers()) {
      SamplerRun run = run_for(sampler, 5);
      run.noise = noise_of_images({1});
      std::vector<int64_t> seen;
      run.seen = [&](int64_t step, int64_t of, const torch::Tensor& x0) {
        QCOMPARE(of, static_cast<int64_t>(run.plan.moves.size()));
        QCOMPARE(x0.sizes().vec(), (std::vector<int64_t>{1, 4, 8, 8}));
        QVERIFY(torch::isfinite(x0).all().item<bool>());
        seen.push_back(step);
      };
      sampler.run(&analytic_model, run.plan.start(noise(2)), run);
      std::vector<int64_t> expected(sampler.name == "pndm" ? 6 : 5);
      std::iota(expected.begin(), expected.end(), 1);
      QVERIFY2(seen == expected, sampler.name.c_str());
    }
  }

  void cancelIsObeyedBeforeTheNextCallOfTheModel() {
    for (const Sampler& sampler : samplers()) {
      SamplerRun run = run_for(sampler, 8);
      run.noise = noise_of_images({1});
      int calls = 0;
      const auto model = [&](const torch::Tensor& x, double t) {
        if (++calls == 3) {
          run.cancel.cancel();
        }
        return analytic_model(x, t);
      };
      const QString error = error_with_code(ErrorCode::cancelled, [&] { sampler.run(model, run.plan.start(noise(2)), run); });
      QVERIFY2(!error.isEmpty(), sampler.name.c_str());
      QCOMPARE(calls, 3);
    }
  }

  void editedLatentsAreWhatTheSamplerGoesOnWith() {
    const torch::Tensor picture = noise(3);
    for (const Sampler& sampler : samplers()) {
      if (sampler.name == "lcm" || sampler.levels == LevelRule::whole_to_last) {
        continue;  // these leave a little of x, or of the last level's noise
      }
      SamplerRun run = run_for(sampler, 10);
      run.noise = noise_of_images({5});
      run.edit = [&](const torch::Tensor&) { return picture; };
      run.plan.moves.back().to = NoiseLevel{};
      const torch::Tensor made = sampler.run(&analytic_model, run.plan.start(noise(4)), run);
      QVERIFY2(torch::allclose(made, picture, 1e-4, 1e-4), sampler.name.c_str());
    }
  }

  void rejectsWhatHasNoMeaning() {
    const Sampler& euler_a = find_sampler("euler_a");
    SamplerRun run = run_for(euler_a, 4);
    QVERIFY_EXCEPTION_THROWN(euler_a.run(&analytic_model, noise(1), run), std::invalid_argument);  // no source of noise
    run.noise = noise_of_images({1});
    QVERIFY_EXCEPTION_THROWN(euler_a.run(&analytic_model, noise(1).to(torch::kFloat64), run), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(euler_a.run(&analytic_model, noise(1), SamplerRun{}), std::invalid_argument);  // no moves
    QVERIFY_EXCEPTION_THROWN(euler_a.run([](const torch::Tensor& x, double) { return x.narrow(1, 0, 1); }, noise(1), run),
                             std::invalid_argument);
    QVERIFY(error_with_code(ErrorCode::usage, [] { find_sampler("ddmi"); }).contains("dpmpp_2m_sde"));
  }

  void combinationsWithoutSenseAreNamedNotIgnored() {
    const auto names = [](const QString& text, const char* one, const char* other) { return text.contains(one) && text.contains(other); };
    for (const char* own : {"ddim", "ddpm", "pndm", "lcm"}) {
      QVERIFY(names(usage(own, {.steps = 10, .schedule = SigmaSchedule::karras}), own, "karras"));
    }
    QVERIFY(names(usage("lcm", {.steps = 4, .spacing = TimestepSpacing::trailing}), "lcm", "trailing"));
    QVERIFY(
        names(usage("euler", {.steps = 9, .schedule = SigmaSchedule::simple, .spacing = TimestepSpacing::leading}), "simple", "leading"));
    QVERIFY(names(usage("dpmpp_2m", {.steps = 9, .schedule = SigmaSchedule::karras, .spacing = TimestepSpacing::leading}), "karras",
                  "leading"));
    QVERIFY(names(usage("euler", {.steps = 9, .spacing = {}, .model = {}, .eta = 0.5}), "euler", "0.5"));
    QVERIFY(usage("ddim", {.steps = 9, .spacing = {}, .model = {}, .eta = 1.5}).contains("1.5"));
    QVERIFY(usage("ddim", {.steps = 0}).contains("1 to 1000"));
    QVERIFY(usage("ddim", {.steps = 1001}).contains("1 to 1000"));
    QVERIFY(usage("dpmpp_2m", {.steps = 1000}).contains("1 to 999"));
    QVERIFY(usage("lcm", {.steps = 51}).contains("1 to 50"));
    QVERIFY(usage("ddim", {.steps = 9, .spacing = {}, .model = {}, .eta = 0, .strength = 1.01}).contains("strength"));
    // What the model's config says is a default, not a wish.
    QCOMPARE(
        usage("dpmpp_2m", {.steps = 9, .schedule = SigmaSchedule::karras, .spacing = {}, .model = {.spacing = TimestepSpacing::leading}}),
        QString());
  }
};

DARKROOM_TEST(SamplerTest);
#include "sampler_test.moc"
