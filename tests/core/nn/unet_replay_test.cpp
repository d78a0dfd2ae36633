// SPDX-License-Identifier: Apache-2.0
// A stand-in for a device's graph runs the recorded work again, so what is copied where is seen on the CPU too.
#include "core/nn/unet_replay.h"

#include "tests/core/nn/golden_model.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

struct Graph final : DeviceGraph {
  std::function<void()> work;
  int* replays = nullptr;
  void replay() override {
    work();
    ++*replays;
  }
};

/// Says a few times that there is no memory left.
class Hungry final : public UNetModel {
 public:
  explicit Hungry(const UNetModel& model) : model_(model) {}
  const ParameterLayout& layout() const override { return model_.layout(); }
  const UNetConfig& config() const override { return model_.config(); }
  torch::Tensor forward(const Weights& weights, const torch::Tensor& x_BCHW, const torch::Tensor& t_B, const torch::Tensor& context_BLD,
                        const UNetRun& run) const override {
    TORCH_CHECK_WITH(OutOfMemoryError, refusals-- <= 0, "out of memory");
    return model_.forward(weights, x_BCHW, t_B, context_BLD, run);
  }

  mutable int refusals = 0;

 private:
  const UNetModel& model_;
};

}  // namespace

class UNetReplayTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    torch::manual_seed(7);
    unet_ = make_unet(unet_config_from_json(golden_config("unet_three_levels"), "golden"));
    arena_ = golden_arena("unet_three_levels", unet_->layout());
    weights_ = arena_->views(ArenaBuffer::ema);
    recorded_ = replays_ = 0;
  }

  void everyCallEqualsTheForwardPass() {
    const torch::NoGradGuard no_grad;
    UNetReplay replay(*unet_, recorder());
    const torch::Tensor texts[] = {text(2), text(2)};
    ContextCache projections;
    for (int step = 0; step < 9; ++step) {
      const torch::Tensor x = torch::randn({2, unet_->in_channels(), 8, 8});
      const torch::Tensor t = torch::full({1}, 900.0F - 90.0F * static_cast<float>(step));
      const torch::Tensor& context = texts[step / 2 % 2];
      const torch::Tensor y = replay.forward(weights_, x, t, context, std::nullopt, projections);
      QVERIFY(at::equal(y, unet_->forward(weights_, x, t, context)));
    }
    QCOMPARE(recorded_, 1);
    QCOMPARE(replays_, 7);
  }

  void aResultOutlivesTheNextCall() {
    const torch::NoGradGuard no_grad;
    UNetReplay replay(*unet_, recorder());
    std::vector<torch::Tensor> results;
    std::vector<torch::Tensor> copies;
    for (int step = 0; step < 5; ++step) {
      results.push_back(call(replay, 8, 2));
      copies.push_back(results.back().clone());
    }
    for (size_t i = 0; i < results.size(); ++i) {
      QVERIFY(at::equal(results[i], copies[i]));
    }
  }

  void masksArePartOfTheShapeAndMayChange() {
    const torch::NoGradGuard no_grad;
    UNetReplay replay(*unet_, recorder());
    ContextCache projections;
    const torch::Tensor context = text(2);
    for (const int64_t seen : {5, 5, 5, 3, 3}) {
      torch::Tensor mask = torch::zeros({2, context.size(1)}, torch::kBool);
      mask.narrow(1, 0, seen).fill_(true);
      const torch::Tensor x = torch::randn({2, unet_->in_channels(), 8, 8});
      const torch::Tensor t = torch::tensor({10.0F});
      UNetRun run;
      run.context_mask_BL = mask;
      const torch::Tensor expected = unet_->forward(weights_, x, t, context, run);
      QVERIFY(at::equal(replay.forward(weights_, x, t, context, mask, projections), expected));
    }
    QCOMPARE(recorded_, 1);
    QVERIFY(call(replay, 8, 2).defined());  // the same shapes without a mask
    QCOMPARE(recorded_, 1);
  }

  void keepsTheLastTwoShapes() {
    const torch::NoGradGuard no_grad;
    UNetReplay replay(*unet_, recorder());
    for (const int64_t side : {8, 8, 16, 16, 8, 16, 24, 24}) {
      call(replay, side, 1);
    }
    QCOMPARE(recorded_, 3);
    QCOMPARE(replay.recorded(), int64_t{2});
    const int before = replays_;
    call(replay, 16, 1);
    QCOMPARE(replays_, before + 1);
    call(replay, 8, 1);  // went when 24 came
    QCOMPARE(replays_, before + 1);
  }

  void otherWeightsAreRecordedAnew() {
    const torch::NoGradGuard no_grad;
    UNetReplay replay(*unet_, recorder());
    for (int i = 0; i < 3; ++i) {
      call(replay, 8, 1);
    }
    QCOMPARE(replays_, 1);
    replay.forget();
    QCOMPARE(replay.recorded(), int64_t{0});
    for (int i = 0; i < 3; ++i) {
      call(replay, 8, 1);
    }
    QCOMPARE(recorded_, 2);
    QCOMPARE(replays_, 2);
  }

  void whatCannotBeRecordedRunsAllTheSame() {
    const torch::NoGradGuard no_grad;
    int tried = 0;
    UNetReplay replay(*unet_, [&](torch::Device, const std::function<void()>&) -> std::unique_ptr<DeviceGraph> {
      ++tried;
      TORCH_CHECK(false, "a kernel that waits for the host");
    });
    for (int i = 0; i < 4; ++i) {
      QCOMPARE(call(replay, 8, 1).size(2), int64_t{8});
    }
    QCOMPARE(tried, 1);
    QCOMPARE(replay.recorded(), int64_t{0});
  }

  // Whichever layer it is that fails, others may have taken the new text by then.
  void aTextThatFailedIsForgotten() {
    const torch::NoGradGuard no_grad;
    const torch::Tensor x = torch::randn({1, unet_->in_channels(), 8, 8}), t = torch::tensor({10.0F});
    const torch::Tensor first = text(1), second = text(1);
    const torch::Tensor expected = unet_->forward(weights_, x, t, first);
    UNetReplay replay(*unet_, recorder());
    ContextCache projections;
    const auto ask = [&](const Weights& weights, const torch::Tensor& context) {
      return replay.forward(weights, x, t, context, std::nullopt, projections);
    };
    for (int i = 0; i < 3; ++i) {
      ask(weights_, first);
    }
    int layers = 0;
    for (int slot = 0; slot < unet_->layout().size(); ++slot) {
      if (unet_->layout().slot(slot).name.ends_with("attn2.to_v.weight")) {
        Weights broken = weights_;
        broken[static_cast<size_t>(slot)] = torch::zeros({1, 1});
        QVERIFY_EXCEPTION_THROWN(ask(broken, second), std::exception);
        QVERIFY(at::equal(ask(weights_, first), expected));
        ++layers;
      }
    }
    QVERIFY(layers > 1);
    QCOMPARE(recorded_, 1);
  }

  void recordingsMakeRoomForAShapeThatDoesNotFitBesideThem() {
    const torch::NoGradGuard no_grad;
    const Hungry hungry(*unet_);
    UNetReplay replay(hungry, recorder());
    for (int i = 0; i < 2; ++i) {
      call(replay, 8, 1);
    }
    QCOMPARE(replay.recorded(), int64_t{1});
    hungry.refusals = 1;
    QCOMPARE(call(replay, 16, 1).size(2), int64_t{16});
    QCOMPARE(replay.recorded(), int64_t{0});
    hungry.refusals = 1;  // nothing is left to let go
    QVERIFY_EXCEPTION_THROWN(call(replay, 24, 1), c10::OutOfMemoryError);
  }

  void largeBatchesAreNotRecorded() {
    const torch::NoGradGuard no_grad;
    UNetReplay replay(*unet_, recorder());
    for (int i = 0; i < 2; ++i) {
      call(replay, 16, 160);
    }
    QCOMPARE(recorded_, 0);
  }

 private:
  UNetReplay::Record recorder() {
    return [this](torch::Device, const std::function<void()>& work) {
      ++recorded_;
      auto graph = std::make_unique<Graph>();
      graph->work = work;
      graph->replays = &replays_;
      return graph;
    };
  }
  torch::Tensor text(int64_t batch) { return torch::randn({batch, 9, unet_->context_dim()}); }
  torch::Tensor call(UNetReplay& replay, int64_t side, int64_t batch) {
    ContextCache projections;
    return replay.forward(weights_, torch::randn({batch, unet_->in_channels(), side, side}), torch::tensor({10.0F}), text(batch),
                          std::nullopt, projections);
  }

  std::unique_ptr<UNetModel> unet_;
  std::unique_ptr<ParameterArena> arena_;
  Weights weights_;  // a stand-in runs with them later
  int recorded_ = 0;
  int replays_ = 0;
};

DARKROOM_TEST(UNetReplayTest);
#include "unet_replay_test.moc"
