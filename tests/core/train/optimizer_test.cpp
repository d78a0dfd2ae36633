// SPDX-License-Identifier: Apache-2.0
// What the three rules have in common. Their numbers: tests/core/kernels and training_parity_test.
#include "core/train/optimizer.h"

#include <set>

#include "core/base/error.h"
#include "core/kernels/grad_norm.h"
#include "core/tensor/counter_rng.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

constexpr ConvolutionMemory both[] = {ConvolutionMemory::contiguous, ConvolutionMemory::channels_last};

ParameterLayout layout() {
  ParameterLayout made;
  made.add("conv.weight", {6, 5, 3, 3}, ParameterInit::normal, 0.1);  // 270 elements: two 8-bit blocks
  made.add("conv.bias", {6}, ParameterInit::normal, 0.1);
  made.add("linear.weight", {7, 40}, ParameterInit::normal, 0.1);
  made.add("row.weight", {1, 9}, ParameterInit::normal, 0.1);
  return made;
}

OptimizerPlan plan_of(const std::string& name) {
  OptimizerPlan plan;
  plan.name = name;
  return plan;
}

struct Model {
  ParameterArena arena;
  std::unique_ptr<Optimizer> optimizer;

  Model(const std::string& name, ConvolutionMemory memory, torch::ScalarType dtype = torch::kFloat32, size_t emas = 2)
      : arena(layout(), {torch::kCPU, dtype, memory, moments_of(plan_of(name)), emas}),
        optimizer(make_optimizer(plan_of(name), 1.0, arena)) {
    arena.initialize(5);
  }

  // The same gradient for both memory formats.
  void step(int64_t update) {
    for (int i = 0; i < arena.layout().size(); ++i) {
      const ParameterSlot& slot = arena.layout().slot(i);
      const RandomKey key{.seed = 9, .stream = static_cast<uint64_t>(update), .sample = static_cast<uint64_t>(i)};
      arena.view(ArenaBuffer::gradient, i).copy_(counter_normal(slot.numel, key).view(slot.shape));
    }
    finish(update);
  }
  void finish(int64_t update) {
    OptimizerStep settings{.lr = 0.01, .update = update, .ema_decays = {0.9, 0.5}};
    settings.ema_decays.resize(arena.options().emas, 0.1);
    optimizer->step(settings, grad_norm(arena.flat(ArenaBuffer::gradient)));
  }
  /// A checkpoint's worth: weights, averages, state, each by name and in file order.
  std::map<std::string, torch::Tensor> content() const {
    std::map<std::string, torch::Tensor> all;
    for (const auto& [name, tensor] : optimizer->named_state()) {
      all.emplace(name, tensor.clone(at::MemoryFormat::Contiguous));
    }
    for (int i = 0; i < arena.layout().size(); ++i) {
      for (const ArenaBuffer buffer : {ArenaBuffer::master, ArenaBuffer::ema}) {
        all.emplace(std::to_string(static_cast<int>(buffer)) + arena.layout().slot(i).name,
                    arena.view(buffer, i).clone(at::MemoryFormat::Contiguous));
      }
    }
    return all;
  }
  void take_over(const Model& from) {
    for (const ArenaBuffer buffer : {ArenaBuffer::master, ArenaBuffer::ema, ArenaBuffer::ema_2}) {
      for (int i = 0; i < arena.layout().size(); ++i) {
        arena.view(buffer, i).copy_(from.arena.view(buffer, i));
      }
    }
    optimizer->load(from.optimizer->named_state(), "test");
  }
};

double largest_difference(const std::map<std::string, torch::Tensor>& a, const std::map<std::string, torch::Tensor>& b) {
  double most = 0;
  for (const auto& [name, tensor] : a) {
    if (tensor.is_floating_point()) {
      most = std::max(most, (tensor - b.at(name)).abs().max().item<double>());
    }
  }
  return most;
}

}  // namespace

class OptimizerTest : public QObject {
  Q_OBJECT

 private slots:
  void resumedRunsHaveTheSameBits_data() { each_rule(); }
  void resumedRunsHaveTheSameBits() {
    QFETCH(QString, rule);
    for (const ConvolutionMemory memory : both) {
      Model whole(rule.toStdString(), memory);
      for (int64_t update = 1; update <= 6; ++update) {
        whole.step(update);
      }
      Model first(rule.toStdString(), memory);
      for (int64_t update = 1; update <= 3; ++update) {
        first.step(update);
      }
      Model second(rule.toStdString(), memory);
      second.take_over(first);
      for (int64_t update = 4; update <= 6; ++update) {
        second.step(update);
      }
      const auto expected = whole.content();
      for (const auto& [name, tensor] : second.content()) {
        QVERIFY2(torch::equal(tensor, expected.at(name)), name.c_str());
      }
      QVERIFY(largest_difference(expected, first.content()) > 1e-3);
      first.optimizer->reset();
      QVERIFY(largest_difference(first.content(), second.content()) > 1e-3);
    }
  }

  void eachPartOfTheStateDecidesTheNextStep_data() { each_rule(); }
  void eachPartOfTheStateDecidesTheNextStep() {
    QFETCH(QString, rule);
    Model whole(rule.toStdString(), ConvolutionMemory::contiguous);
    whole.step(1);
    whole.step(2);
    Model next(rule.toStdString(), ConvolutionMemory::contiguous);
    next.take_over(whole);
    next.step(3);
    for (const std::string& part : whole.optimizer->parts()) {
      OptimizerState state;
      for (const auto& [name, tensor] : whole.optimizer->named_state()) {
        state.emplace(name, name.starts_with(part + ".") ? torch::zeros_like(tensor) : tensor);
      }
      if (part == "q8_format") {
        continue;  // says how the others lie; below
      }
      Model other(rule.toStdString(), ConvolutionMemory::contiguous);
      other.take_over(whole);
      other.optimizer->load(state, "test");
      other.step(3);
      QVERIFY2(largest_difference(other.content(), next.content()) > 1e-5, part.c_str());
    }
    std::set<std::string> parts;
    for (const NamedTensor& entry : whole.optimizer->state()) {
      parts.insert(entry.name.substr(0, entry.name.find('.')));
    }
    const std::vector<std::string> said = whole.optimizer->parts();
    QVERIFY(parts == std::set<std::string>(said.begin(), said.end()));
  }

  void aStateGoesOverToAnotherMemoryFormat_data() { each_rule(); }
  void aStateGoesOverToAnotherMemoryFormat() {
    QFETCH(QString, rule);
    Model before(rule.toStdString(), ConvolutionMemory::channels_last);
    before.step(1);
    before.step(2);
    Model after(rule.toStdString(), ConvolutionMemory::contiguous);
    after.take_over(before);
    before.step(3);
    after.step(3);
    // An 8-bit state is rounded once more; the others go over exactly, but for the order of sums.
    QVERIFY2(largest_difference(before.content(), after.content()) < (rule == "adamw8bit" ? 0.02 : 1e-6),
             std::to_string(largest_difference(before.content(), after.content())).c_str());
    Model back(rule.toStdString(), ConvolutionMemory::channels_last);
    QVERIFY(largest_difference(back.content(), before.content()) > 1e-3);
  }

  void gradientThatIsNotFiniteChangesNothing_data() { each_rule(); }
  void gradientThatIsNotFiniteChangesNothing() {
    QFETCH(QString, rule);
    Model model(rule.toStdString(), ConvolutionMemory::channels_last);
    model.step(1);
    const auto before = model.content();
    model.arena.flat(ArenaBuffer::gradient).fill_(1);
    model.arena.view(ArenaBuffer::gradient, 2)[3][4].fill_(std::numeric_limits<double>::infinity());
    model.finish(2);
    for (const auto& [name, tensor] : model.content()) {
      QVERIFY2(torch::equal(tensor, before.at(name)), name.c_str());
    }
    QVERIFY(model.arena.flat(ArenaBuffer::gradient).eq(0).all().item<bool>());
  }

  void workingCopyAndAveragesFollow_data() { each_rule(); }
  void workingCopyAndAveragesFollow() {
    QFETCH(QString, rule);
    Model model(rule.toStdString(), ConvolutionMemory::channels_last, torch::kBFloat16, 3);
    const torch::Tensor start = model.arena.flat(ArenaBuffer::master).clone();
    model.step(1);
    const torch::Tensor master = model.arena.flat(ArenaBuffer::master);
    QVERIFY(!torch::equal(master, start));
    QVERIFY(torch::equal(model.arena.flat(ArenaBuffer::working), master.to(torch::kBFloat16)));
    for (const auto& [buffer, decay] : {std::pair{ArenaBuffer::ema, 0.9}, {ArenaBuffer::ema_2, 0.5}, {ArenaBuffer::ema_3, 0.1}}) {
      QVERIFY(torch::allclose(model.arena.flat(buffer), decay * start + (1 - decay) * master, 1e-5, 1e-6));
    }
  }

  void aStateOfAnotherRuleIsRefusedByName() {
    const Model adamw("adamw", ConvolutionMemory::contiguous);
    const Model bytes("adamw8bit", ConvolutionMemory::contiguous);
    try {
      bytes.optimizer->load(adamw.optimizer->named_state(), "step_5/training_state.safetensors");
      QFAIL("loaded");
    } catch (const Error& error) {
      QVERIFY(std::string(error.what()).find("step_5/training_state.safetensors: q8_format") != std::string::npos);
    }
    OptimizerState cut = adamw.optimizer->named_state();
    cut["exp_avg.conv.bias"] = torch::zeros({5});
    QVERIFY_EXCEPTION_THROWN(adamw.optimizer->load(cut, "test"), Error);
    ParameterArena arena(layout(), {});
    QVERIFY_EXCEPTION_THROWN(make_optimizer(plan_of("sgd"), 1, arena), std::invalid_argument);
  }

  void stateBytesAreThoseThatAreHeld() {
    // 4 slots of 320, 64, 320 and 64 elements with their gaps.
    QCOMPARE(optimizer_state_bytes(plan_of("adamw"), layout()), int64_t{768 * 8});
    QCOMPARE(optimizer_state_bytes(plan_of("adamw8bit"), layout()), int64_t{768 * 2 + 6 * 24});
    QCOMPARE(optimizer_state_bytes(plan_of("adafactor"), layout()), int64_t{4 * (6 + 45 + 6 + 7 + 40 + 9)});
  }

 private:
  static void each_rule() {
    QTest::addColumn<QString>("rule");
    for (const char* rule : {"adamw", "adamw8bit", "adafactor"}) {
      QTest::newRow(rule) << QString(rule);
    }
  }
};

DARKROOM_TEST(OptimizerTest);
#include "optimizer_test.moc"
