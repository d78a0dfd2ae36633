// SPDX-License-Identifier: Apache-2.0
#include "core/tensor/parameter_arena.h"

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

ParameterLayout small_layout() {
  ParameterLayout layout;
  layout.add("conv.weight", {6, 4, 3, 3}, ParameterInit::uniform, 0.25);
  layout.add("conv.bias", {6}, ParameterInit::zeros);
  layout.add("norm.weight", {5}, ParameterInit::ones);
  layout.add("linear.weight", {3, 6}, ParameterInit::normal, 2.0);
  return layout;
}

ArenaOptions with_memory(ConvolutionMemory memory) { return {torch::kCPU, torch::kFloat32, memory}; }

constexpr ConvolutionMemory both[] = {ConvolutionMemory::contiguous, ConvolutionMemory::channels_last};

}  // namespace

class ParameterArenaTest : public QObject {
  Q_OBJECT

 private slots:
  void slotsStartAlignedAndGapsStayZero() {
    const ParameterLayout layout = small_layout();
    QCOMPARE(layout.parameter_count(), int64_t{216 + 6 + 5 + 18});
    QCOMPARE(layout.flat_size(), int64_t{256 + 64 + 64 + 64});
    ParameterArena arena(layout, {});
    arena.initialize(1);
    for (int i = 0; i < layout.size(); ++i) {
      const ParameterSlot& slot = layout.slot(i);
      QCOMPARE(slot.offset % ParameterLayout::alignment, int64_t{0});
      const int64_t end = (slot.offset + slot.numel + 63) / 64 * 64;
      const torch::Tensor gap = arena.flat(ArenaBuffer::master).slice(0, slot.offset + slot.numel, end);
      QVERIFY(gap.count_nonzero().item<int64_t>() == 0);
    }
  }

  void viewsShareStorageWithTheFlatBuffer() {
    for (const ConvolutionMemory memory : both) {
      ParameterArena arena(small_layout(), with_memory(memory));
      const torch::Tensor flat = arena.flat(ArenaBuffer::ema);
      arena.view(ArenaBuffer::ema, 0).fill_(3.0);
      QCOMPARE(flat.sum().item<double>(), 3.0 * 216);
      QVERIFY(arena.view(ArenaBuffer::ema, 0).is_alias_of(flat));
      flat.fill_(1.0);
      QCOMPARE(arena.view(ArenaBuffer::ema, 3).sum().item<double>(), 18.0);
    }
  }

  void channelsLastLiesOutputRowColumnInput() {
    ParameterArena arena(small_layout(), with_memory(ConvolutionMemory::channels_last));
    const torch::Tensor view = arena.view(ArenaBuffer::master, 0);
    QVERIFY(view.is_contiguous(at::MemoryFormat::ChannelsLast));
    QVERIFY((view.sizes() == at::IntArrayRef{6, 4, 3, 3}));
    view[1][2][0][1].fill_(7.0);  // O=1 I=2 H=0 W=1 -> ((1*3+0)*3+1)*4+2
    QCOMPARE(arena.flat(ArenaBuffer::master)[42].item<float>(), 7.0F);
  }

  void initialValuesAreTheSameForBothMemoryFormats() {
    ParameterArena contiguous(small_layout(), with_memory(ConvolutionMemory::contiguous));
    ParameterArena channels_last(small_layout(), with_memory(ConvolutionMemory::channels_last));
    contiguous.initialize(42);
    channels_last.initialize(42);
    for (int i = 0; i < contiguous.layout().size(); ++i) {
      QVERIFY(at::equal(contiguous.view(ArenaBuffer::master, i), channels_last.view(ArenaBuffer::master, i)));
      QVERIFY(at::equal(contiguous.view(ArenaBuffer::ema, i), contiguous.view(ArenaBuffer::master, i)));
      QVERIFY(at::equal(initial_values(contiguous.layout().slot(i), 42), contiguous.view(ArenaBuffer::master, i)));
    }
    QVERIFY(contiguous.view(ArenaBuffer::master, 0).abs().max().item<double>() <= 0.25);
    QVERIFY(contiguous.view(ArenaBuffer::master, 2).eq(1).all().item<bool>());
    QVERIFY(!at::equal(initial_values(contiguous.layout().slot(0), 42), initial_values(contiguous.layout().slot(0), 43)));
  }

  void averagesAndMomentsAreThereAsAskedFor() {
    ParameterArena three(small_layout(), {.moments = Moments::none, .emas = 3});
    three.initialize(1);
    for (const ArenaBuffer buffer : ema_buffers) {
      QVERIFY(at::equal(three.flat(buffer), three.flat(ArenaBuffer::master)));
    }
    QVERIFY_EXCEPTION_THROWN(three.flat(ArenaBuffer::exp_avg), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(three.view(ArenaBuffer::exp_avg_sq, 0), std::invalid_argument);
    const ParameterArena usual(small_layout(), {});
    QVERIFY(usual.flat(ArenaBuffer::exp_avg).defined());
    QVERIFY_EXCEPTION_THROWN(usual.flat(ArenaBuffer::ema_2), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(ParameterArena(small_layout(), {.emas = 0}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(ParameterArena(small_layout(), {.emas = 4}), std::invalid_argument);
  }

  void gradientsLandInTheFlatBufferAndAddUp() {
    for (const ConvolutionMemory memory : both) {
      ParameterArena arena(small_layout(), with_memory(memory));
      arena.initialize(5);
      const torch::Tensor x = at::randn({2, 4, 8, 8});
      const auto loss = [&] { return at::conv2d(x, arena.leaves()[0], arena.leaves()[1]).pow(2).mean() + arena.leaves()[3].sum(); };
      loss().backward();
      const torch::Tensor once = arena.flat(ArenaBuffer::gradient).clone();
      QVERIFY(arena.view(ArenaBuffer::gradient, 0).count_nonzero().item<int64_t>() > 200);
      QVERIFY(arena.view(ArenaBuffer::gradient, 3).eq(1).all().item<bool>());
      loss().backward();
      QVERIFY(at::allclose(arena.flat(ArenaBuffer::gradient), 2 * once, 1e-6, 1e-7));
      QVERIFY(arena.leaves()[0].grad().is_alias_of(arena.flat(ArenaBuffer::gradient)));
      arena.zero_gradients();
      QCOMPARE(arena.leaves()[0].grad().count_nonzero().item<int64_t>(), int64_t{0});
    }
  }

  void leavesFollowTheMaster() {
    ParameterArena fp32(small_layout(), {});
    fp32.flat(ArenaBuffer::master).fill_(0.5);
    QVERIFY(fp32.leaves()[3].eq(0.5).all().item<bool>());
    ParameterArena bf16(small_layout(), {torch::kCPU, torch::kBFloat16, ConvolutionMemory::channels_last});
    bf16.flat(ArenaBuffer::master).fill_(0.5);
    QVERIFY(bf16.leaves()[3].eq(0).all().item<bool>());
    bf16.refresh_working();
    QVERIFY(bf16.leaves()[3].eq(0.5).all().item<bool>());
    QVERIFY(bf16.leaves()[3].scalar_type() == torch::kBFloat16);
  }

  void rejectsWrongShapesAndNames() {
    ParameterLayout layout = small_layout();
    QVERIFY_EXCEPTION_THROWN(layout.add("conv.bias", {6}, ParameterInit::zeros), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(layout.add("empty", {0, 3}, ParameterInit::zeros), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(layout.index_of("nothing"), std::invalid_argument);
    ParameterArena arena(small_layout(), {});
    QVERIFY_EXCEPTION_THROWN(arena.load({}), std::invalid_argument);
    Weights weights = arena.views(ArenaBuffer::master);
    weights[1] = torch::zeros({7});
    QVERIFY_EXCEPTION_THROWN(arena.load(weights), std::invalid_argument);
  }
};

DARKROOM_TEST(ParameterArenaTest);
#include "parameter_arena_test.moc"
