// SPDX-License-Identifier: Apache-2.0
// By hand: a "network" of one weight w = 2 that answers w * x_t, and a schedule whose roots are 0.8 and 0.6.
//   sample 0, t = 0 (sqrt_alpha_bar 0.8, other 0.6): x0 = (1, -1), eps = (0.5, 0.5)  ->  x_t = (1.1, -0.5), answer (2.2, -1.0)
//   sample 1, t = 1 (sqrt_alpha_bar 0.6, other 0.8): x0 = (2,  0), eps = (-1,  1)    ->  x_t = (0.4,  0.8), answer (0.8,  1.6)
//   epsilon: errors (1.7, -1.5), (1.8, 0.6); mse 2.57, 1.80; d mse / d w = mean(2 error x_t) = 2.62, 1.20
//   v:       targets (-0.2, 1.0), (-2.2, 0.6); errors (2.4, -2.0), (3.0, 1.0); mse 4.88, 5.00; d mse / d w = 3.64, 2.00
//   SNR = 0.64 / 0.36 and 0.36 / 0.64; Min-SNR with gamma 1: epsilon 0.5625 and 1, v 0.36 and 0.36
#include "core/train/train_step.h"

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

/// y = w x; remembers what it was given.
class OneWeight : public UNetModel {
 public:
  OneWeight() { layout_.add("w", {1}, ParameterInit::ones); }
  const ParameterLayout& layout() const override { return layout_; }
  const UNetConfig& config() const override { return config_; }
  torch::Tensor forward(const Weights& weights, const torch::Tensor& x_BCHW, const torch::Tensor& t_B, const torch::Tensor& context_BLD,
                        const UNetRun& run) const override {
    x = x_BCHW;
    t = t_B;
    context = context_BLD;
    recompute = run.recompute;
    return weights.at(0).to(x_BCHW.scalar_type()) * x_BCHW;
  }

  mutable torch::Tensor x;
  mutable torch::Tensor t;
  mutable torch::Tensor context;
  mutable bool recompute = false;

 private:
  ParameterLayout layout_;
  UNetConfig config_;
};

NoiseSchedule two_levels() {
  return {.alpha_bar_T = torch::tensor({0.64F, 0.36F}),
          .sqrt_alpha_bar_T = torch::tensor({0.8F, 0.6F}),
          .sqrt_one_minus_bar_T = torch::tensor({0.6F, 0.8F}),
          .alpha_bar = {0.64, 0.36}};
}

TrainInputs by_hand() {
  return {.x0_BCHW = torch::tensor({1.0F, -1.0F, 2.0F, 0.0F}).view({2, 1, 1, 2}),
          .eps_BCHW = torch::tensor({0.5F, 0.5F, -1.0F, 1.0F}).view({2, 1, 1, 2}),
          .t_B = torch::tensor({0, 1}, torch::kInt64),
          .context_BLD = torch::full({2, 3, 4}, 0.5)};
}

torch::Tensor weight() { return torch::full({1}, 2.0).set_requires_grad(true); }

bool all_near(const torch::Tensor& actual, std::vector<double> expected) {
  return torch::allclose(actual.to(torch::kFloat64), torch::tensor(expected, torch::kFloat64), 0, 2e-6);
}

}  // namespace

class TrainStepTest : public QObject {
  Q_OBJECT

 private slots:
  void lossAndGradientByHand_data() {
    QTest::addColumn<bool>("v");
    QTest::addColumn<double>("gamma");
    QTest::addColumn<double>("scale");
    QTest::addColumn<double>("gradient");
    QTest::newRow("epsilon") << false << 0.0 << 1.0 << (2.62 + 1.20) / 2;
    QTest::newRow("epsilon, Min-SNR") << false << 1.0 << 1.0 << (0.5625 * 2.62 + 1.20) / 2;
    QTest::newRow("epsilon, gamma above both") << false << 5.0 << 1.0 << (2.62 + 1.20) / 2;
    QTest::newRow("epsilon, a quarter") << false << 1.0 << 0.25 << (0.5625 * 2.62 + 1.20) / 8;
    QTest::newRow("v") << true << 0.0 << 1.0 << (3.64 + 2.00) / 2;
    QTest::newRow("v, Min-SNR") << true << 1.0 << 1.0 << 0.36 * (3.64 + 2.00) / 2;
    QTest::newRow("v, half") << true << 1.0 << 0.5 << 0.36 * (3.64 + 2.00) / 4;
  }
  void lossAndGradientByHand() {
    QFETCH(bool, v);
    QFETCH(double, gamma);
    QFETCH(double, scale);
    QFETCH(double, gradient);
    const OneWeight network;
    const torch::Tensor w = weight();
    const TrainLosses losses =
        train_step(network, {w}, by_hand(), two_levels(),
                   {.prediction = v ? Prediction::v : Prediction::epsilon, .min_snr_gamma = gamma, .loss_scale = scale, .run = {}});
    QVERIFY(all_near(network.x.flatten(), {1.1, -0.5, 0.4, 0.8}));
    QVERIFY(all_near(losses.mse_B, v ? std::vector{4.88, 5.0} : std::vector{2.57, 1.8}));
    const std::vector<double> weights = gamma != 1 ? std::vector{1.0, 1.0} : v ? std::vector{0.36, 0.36} : std::vector{0.5625, 1.0};
    QVERIFY(all_near(losses.weight_B, weights));
    QVERIFY2(all_near(w.grad(), {gradient}), std::to_string(w.grad().item<double>()).c_str());
    QVERIFY(!losses.mse_B.requires_grad() && !losses.weight_B.requires_grad());
  }

  void aFlowIsAStraightLineByHand() {
    // T = 2: s = 1/2 and 1. x_s = (0.75, -0.25), (-1, 1); answers (1.5, -0.5), (-2, 2); targets eps - x0 = (-0.5, 1.5), (-3, 1).
    // errors (2, -2), (1, 1): mse 4, 1. Min-SNR with gamma 0.5: SNR 1 and 0, weights 0.5 / 4 and 0.
    const OneWeight network;
    const torch::Tensor w = weight();
    const TrainLosses losses = train_step(network, {w}, by_hand(), two_levels(),
                                          {.prediction = Prediction::flow, .min_snr_gamma = 0.5, .channels_last = false, .run = {}});
    QVERIFY(all_near(network.x.flatten(), {0.75, -0.25, -1, 1}));
    QVERIFY(torch::equal(network.t, torch::tensor({1, 2}, torch::kInt64)));  // s T
    QVERIFY(all_near(losses.mse_B, {4, 1}));
    QVERIFY(all_near(losses.weight_B, {0.125, 0}));
    QVERIFY(all_near(w.grad(), {0.125 * (2 * 2 * 0.75 + 2 * 2 * 0.25) / 2 / 2}));
  }

  void hubersLossIsSquareForSmallErrorsAndStraightForLargeOnes() {
    const auto huber = [](double delta) {
      return train_step(OneWeight(), {weight()}, by_hand(), two_levels(),
                        {.loss = Loss::huber, .huber_delta = delta, .min_snr_gamma = 0, .run = {}});
    };
    // errors (1.7, -1.5), (1.8, 0.6); 2 delta (sqrt(e^2 + delta^2) - delta)
    const auto by_formula = [](double delta, double a, double b) {
      const auto loss = [delta](double e) { return 2 * delta * (std::sqrt(e * e + delta * delta) - delta); };
      return (loss(a) + loss(b)) / 2;
    };
    const TrainLosses small = huber(0.1);
    QVERIFY(all_near(small.loss_B, {by_formula(0.1, 1.7, -1.5), by_formula(0.1, 1.8, 0.6)}));
    QVERIFY(all_near(small.mse_B, {2.57, 1.8}));  // what is reported unweighted stays the squared error
    QVERIFY(torch::allclose(huber(100).loss_B, small.mse_B, 1e-2));
    QVERIFY(torch::allclose(huber(1e-3).loss_B, torch::tensor({2e-3F * 1.6F, 2e-3F * 1.2F}), 2e-3));
    QVERIFY_EXCEPTION_THROWN(huber(0), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(loss_from_name("l3"), std::invalid_argument);
  }

  void gradientsAddUpOverMicroSteps() {
    // Two halves at half the scale give what the whole gives: the mean over all samples.
    const OneWeight network;
    const TrainInputs all = by_hand();
    const torch::Tensor whole = weight();
    train_step(network, {whole}, all, two_levels(), {.min_snr_gamma = 1, .run = {}});
    const torch::Tensor halves = weight();
    for (int64_t i = 0; i < 2; ++i) {
      train_step(network, {halves},
                 {.x0_BCHW = all.x0_BCHW.narrow(0, i, 1),
                  .eps_BCHW = all.eps_BCHW.narrow(0, i, 1),
                  .t_B = all.t_B.narrow(0, i, 1),
                  .context_BLD = all.context_BLD.narrow(0, i, 1)},
                 two_levels(), {.min_snr_gamma = 1, .loss_scale = 0.5, .run = {}});
    }
    QVERIFY(torch::allclose(halves.grad(), whole.grad(), 1e-6));
  }

  void networkSeesWhatTheSettingsSay() {
    const OneWeight network;
    const TrainInputs inputs{.x0_BCHW = torch::randn({2, 3, 4, 5}),
                             .eps_BCHW = torch::randn({2, 3, 4, 5}),
                             .t_B = torch::tensor({1, 0}, torch::kInt64),
                             .context_BLD = torch::randn({2, 3, 4})};
    const TrainLosses losses = train_step(network, {weight()}, inputs, two_levels(),
                                          {.dtype = torch::kBFloat16, .channels_last = true, .run = {.recompute = true}});
    QVERIFY(network.x.scalar_type() == torch::kBFloat16);
    QVERIFY(network.context.scalar_type() == torch::kBFloat16);
    QVERIFY(network.x.is_contiguous(at::MemoryFormat::ChannelsLast));
    QVERIFY(network.recompute);
    QVERIFY(torch::equal(network.t, inputs.t_B));
    QVERIFY(!network.x.requires_grad());
    // The error is taken in float32, against the float32 target.
    QVERIFY(losses.mse_B.scalar_type() == torch::kFloat32);
    const torch::Tensor expected = ((2 * network.x).to(torch::kFloat32) - inputs.eps_BCHW).square().flatten(1).mean(1);
    QVERIFY(torch::allclose(losses.mse_B, expected, 1e-6, 1e-6));
    train_step(network, {weight()}, inputs, two_levels(), {.channels_last = false, .run = {}});
    QVERIFY(network.x.scalar_type() == torch::kFloat32);
    QVERIFY(network.x.is_contiguous());
    QVERIFY(!network.recompute);
  }

  void validationHasTheSameArithmeticAndNoGradient() {
    const OneWeight network;
    const torch::Tensor w = weight();
    for (const Prediction prediction : {Prediction::epsilon, Prediction::v, Prediction::flow}) {
      const TrainStepSettings settings{.prediction = prediction, .run = {}};
      const TrainLosses losses = denoising_error(network, {w}, by_hand(), two_levels(), settings);
      QVERIFY(!losses.mse_B.requires_grad() && !losses.loss_B.requires_grad());
      QVERIFY(!w.grad().defined());
      const TrainLosses learnt = train_step(network, {weight()}, by_hand(), two_levels(), settings);
      QVERIFY(torch::equal(losses.mse_B, learnt.mse_B) && torch::equal(losses.loss_B, learnt.loss_B));
      QVERIFY(torch::equal(losses.weight_B, learnt.weight_B));
    }
  }

  void inputsAreLeftAlone() {
    const TrainInputs inputs = by_hand();
    train_step(OneWeight(), {weight()}, inputs, two_levels(), {.prediction = Prediction::v, .run = {}});
    QVERIFY(torch::equal(inputs.x0_BCHW, by_hand().x0_BCHW));
    QVERIFY(torch::equal(inputs.eps_BCHW, by_hand().eps_BCHW));
  }

  void rejectsInputsThatDoNotBelongTogether() {
    TrainInputs inputs = by_hand();
    inputs.t_B = torch::zeros({3}, torch::kInt64);
    QVERIFY_EXCEPTION_THROWN(train_step(OneWeight(), {weight()}, inputs, two_levels(), {}), std::invalid_argument);
    inputs = by_hand();
    inputs.eps_BCHW = torch::zeros({2, 1, 1, 3});
    QVERIFY_EXCEPTION_THROWN(train_step(OneWeight(), {weight()}, inputs, two_levels(), {}), std::invalid_argument);
  }
};

DARKROOM_TEST(TrainStepTest);
#include "train_step_test.moc"
