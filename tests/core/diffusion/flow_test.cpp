// SPDX-License-Identifier: Apache-2.0
// A rectified flow, by hand and through the samplers of the other predictions.
#include "core/base/error.h"
#include "core/diffusion/denoiser.h"
#include "core/diffusion/prediction.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

torch::Tensor values(std::initializer_list<float> list) { return torch::tensor(std::vector<float>(list)); }

/// Moves over the levels of a flow of 1000 steps, from noise alone to the clean end.
SamplingPlan flow_plan(const char* sampler, int64_t steps) {
  return plan_sampling(NoiseSchedule::rectified_flow(1000), find_sampler(sampler),
                       {.steps = steps, .model = {.spacing = TimestepSpacing::trailing, .steps_offset = 0, .set_alpha_to_one = true}});
}

}  // namespace

class FlowTest : public QObject {
  Q_OBJECT

 private slots:
  void inputAndTargetByHand() {
    const NoiseSchedule schedule = NoiseSchedule::rectified_flow(4);
    const torch::Tensor x0 = values({1, 2}).view({2, 1, 1, 1});
    const torch::Tensor eps = values({-1, 4}).view({2, 1, 1, 1});
    const torch::Tensor t = torch::tensor({0, 3}, torch::kInt64);  // s = 1/4 and 1
    QVERIFY(torch::equal(noisy_input(Prediction::flow, x0, eps, t, schedule).flatten(), values({0.5, 4})));
    QVERIFY(torch::equal(prediction_target(Prediction::flow, x0, eps, t, schedule).flatten(), values({-2, 2})));
    QVERIFY(torch::equal(told_time(Prediction::flow, t), torch::tensor({1, 4}, torch::kInt64)));
    QVERIFY(torch::equal(told_time(Prediction::v, t), t));
    QVERIFY(torch::equal(noisy_input(Prediction::epsilon, x0, eps, t, schedule), add_noise(x0, eps, t, schedule)));
    QVERIFY_EXCEPTION_THROWN(noisy_input(Prediction::flow, x0, eps, t.to(torch::kFloat32), schedule), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(noisy_input(Prediction::flow, x0, eps.flatten(), t, schedule), std::invalid_argument);
  }

  void theScheduleHasTheSignalToNoiseOfTheLine() {
    const NoiseSchedule schedule = NoiseSchedule::rectified_flow(1000);
    QCOMPARE(schedule.train_steps(), int64_t{1000});
    QCOMPARE(schedule.alpha_bar.back(), 0.0);
    for (const int64_t t : {0, 249, 499, 998}) {
      const double s = flow_level(static_cast<double>(t), 1000);
      const double alpha_bar = schedule.alpha_bar[static_cast<size_t>(t)];
      QVERIFY(std::abs(alpha_bar / (1 - alpha_bar) / ((1 - s) * (1 - s) / (s * s)) - 1) < 1e-9);
      QVERIFY(std::abs(flow_level_of(alpha_bar) - s) < 1e-12);
    }
    QCOMPARE(flow_level_of(0), 1.0);
    QCOMPARE(flow_level_of(1), 0.0);
    QVERIFY_EXCEPTION_THROWN(NoiseSchedule::rectified_flow(0), std::invalid_argument);
  }

  void aConfigOfDiffusersIsUnderstood() {
    const Json config{{"_class_name", "FlowMatchEulerDiscreteScheduler"}, {"num_train_timesteps", 1000}, {"shift", 1.0}};
    QVERIFY(NoiseSchedule::from_config(config, "test").alpha_bar == NoiseSchedule::rectified_flow(1000).alpha_bar);
    Json shifted = config;
    shifted["shift"] = 3.0;
    QVERIFY_EXCEPTION_THROWN(NoiseSchedule::from_config(shifted, "test"), Error);
    QVERIFY(prediction_from_name("flow") == Prediction::flow);
    QCOMPARE(prediction_name(Prediction::flow), std::string_view("flow"));
    QVERIFY(prediction_of_scheduler(config) == Prediction::flow);  // diffusers writes no prediction_type there
    QVERIFY(prediction_of_scheduler({{"_class_name", "DDIMScheduler"}}) == Prediction::epsilon);
    QVERIFY(prediction_of_scheduler({{"_class_name", "DDIMScheduler"}, {"prediction_type", "v_prediction"}}) == Prediction::v);
    QVERIFY(prediction_of_scheduler(nullptr) == Prediction::epsilon);
    QVERIFY_EXCEPTION_THROWN(prediction_of_scheduler({{"prediction_type", "score"}}), Error);
    QVERIFY_EXCEPTION_THROWN(prediction_of_scheduler({{"prediction_type", 1}}), Error);
  }

  void anOutputIsReadAsTheX0AndEpsThatMadeIt() {
    const torch::Tensor x0 = torch::linspace(-3, 3, 12).view({1, 3, 2, 2});
    const torch::Tensor eps = torch::linspace(2, -1, 12).view({1, 3, 2, 2});
    for (const double s : {0.001, 0.25, 0.5, 0.9, 1.0}) {
      const double alpha_bar = (1 - s) * (1 - s) / ((1 - s) * (1 - s) + s * s);
      const torch::Tensor x_t = std::sqrt(alpha_bar) * x0 + std::sqrt(1 - alpha_bar) * eps;
      QVERIFY(torch::allclose(flow_scale(s) * x_t, (1 - s) * x0 + s * eps, 1e-5, 1e-5));
      const Denoised denoised = denoised_from_output(Prediction::flow, eps - x0, x_t, alpha_bar);
      QVERIFY(torch::allclose(denoised.x0, x0, 1e-5, 1e-5));
      QVERIFY(torch::allclose(denoised.eps, eps, 1e-5, 1e-5));
    }
  }

  void ddimIsEulerAlongTheFlow() {
    // A model that is no straight line, asked in the flow's own scale and time; Euler's method written out beside it.
    std::vector<double> asked;
    const Denoise model = [&](const torch::Tensor& x, double t) {
      asked.push_back(t);
      return torch::sin(x) + t / 1000;
    };
    SamplerRun run;
    run.plan = flow_plan("ddim", 10);
    run.prediction = Prediction::flow;
    const torch::Tensor noise = torch::linspace(-2, 2, 16).view({1, 4, 2, 2});
    const torch::Tensor made = sample_ddim(model, run.plan.start(noise), run);
    torch::Tensor x = noise;
    for (int step = 0; step < 10; ++step) {
      const double s = 1 - step / 10.0;
      x = x - 0.1 * (torch::sin(x) + s);
      QVERIFY(std::abs(asked[static_cast<size_t>(step)] - 1000 * s) < 1e-6);
    }
    QVERIFY(torch::allclose(made, x, 1e-5, 1e-5));
  }

  void everySamplerThatTakesTheLevelsEndsAtThePictureOfAnIdealModel() {
    const torch::Tensor x0 = torch::linspace(-3, 3, 16).view({1, 4, 2, 2});
    const Denoise ideal = [&](const torch::Tensor& x, double t) { return (x - x0) / (t / 1000); };
    for (const char* name : {"ddim", "euler", "heun", "dpmpp_2m"}) {
      SamplerRun run;
      run.plan = plan_sampling(NoiseSchedule::rectified_flow(1000), find_sampler(name), {.steps = 12});
      run.prediction = Prediction::flow;
      const torch::Tensor made = find_sampler(name).run(ideal, run.plan.start(torch::linspace(1, -1, 16).view({1, 4, 2, 2})), run);
      QVERIFY2(torch::allclose(made, x0, 0, 0.01), name);
    }
  }
};

DARKROOM_TEST(FlowTest);
#include "flow_test.moc"
