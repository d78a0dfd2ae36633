// SPDX-License-Identifier: Apache-2.0
// Real gradients of small UNets, summed by threads over Gloo.
#include "core/distributed/gradient_reducer.h"

#include "core/base/format.h"
#include "core/base/json.h"
#include "core/checkpoint/weights_io.h"
#include "core/nn/unet.h"
#include "core/tensor/counter_rng.h"
#include "tests/core/distributed/rank_threads.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

constexpr int64_t small_bucket_bytes = 16 << 10;

/// A UNet with weights to start from.
struct TestModel {
  std::unique_ptr<UNetModel> unet;
  Weights weights;
};

torch::Tensor normal(std::vector<int64_t> shape, uint64_t stream) {
  int64_t count = 1;
  for (const int64_t extent : shape) {
    count *= extent;
  }
  return counter_normal(count, {.seed = 7, .stream = stream, .sample = 0}).view(shape);
}

/// The model of tests/core/nn, 167444 parameters.
const TestModel& golden_model() {
  static const TestModel model = [] {
    const std::filesystem::path folder = std::filesystem::path(DARKROOM_SOURCE_DIR) / "tests/core/nn/golden/unet_three_levels";
    TestModel made{.unet = make_unet(unet_config_from_json(read_json_file(folder / "config.json"), "config.json")), .weights = {}};
    made.weights = read_weights(made.unet->layout(), folder, torch::kFloat32, torch::kCPU);
    return made;
  }();
  return model;
}

/// A smaller one as training from scratch starts it, but for a little noise that opens the layers which start at zero.
const TestModel& random_model() {
  static const TestModel model = [] {
    UNetConfig config;
    config.levels = {{.channels = 8, .layers = 1, .heads = 2}, {.channels = 16, .layers = 1, .heads = 2}};
    config.cross_attention_dim = 20;
    config.norm_num_groups = 4;
    TestModel made{.unet = make_unet(config), .weights = {}};
    for (const ParameterSlot& slot : made.unet->layout().all_slots()) {
      made.weights.push_back(initial_values(slot, 3) + 0.02 * normal(slot.shape, static_cast<uint64_t>(slot.offset) + 1000));
    }
    return made;
  }();
  return model;
}

struct Samples {
  torch::Tensor x_BCHW;
  torch::Tensor target_BCHW;
  torch::Tensor t_B;
  torch::Tensor context_BLD;
};

Samples samples_of(int64_t count, uint64_t step = 0) {
  return {.x_BCHW = normal({count, 4, 16, 12}, 10 * step + 1),
          .target_BCHW = normal({count, 4, 16, 12}, 10 * step + 2),
          .t_B = torch::arange(count) * 97 + 5,
          .context_BLD = normal({count, 9, 20}, 10 * step + 3)};
}

/// Every n-th of the samples from the r-th on: what rank r of n takes.
Samples part_of(const Samples& all, int64_t rank, int64_t world_size) {
  const auto part = [&](const torch::Tensor& tensor) { return tensor.slice(0, rank, tensor.size(0), world_size).contiguous(); };
  return {part(all.x_BCHW), part(all.target_BCHW), part(all.t_B), part(all.context_BLD)};
}

/// How a rank goes about its part.
struct Way {
  ConvolutionMemory memory = ConvolutionMemory::contiguous;
  int64_t micro_steps = 1;
  bool recompute = false;
  int64_t bucket_bytes = GradientReducer::default_bucket_bytes;
};

/// One rank with weights of its own.
class RankModel {
 public:
  RankModel(const TestModel& model, ProcessGroup& group, const Way& way)
      : unet_(*model.unet),
        way_(way),
        arena_(unet_.layout(), {torch::kCPU, torch::kFloat32, way.memory}),
        reducer_(arena_, group, way.bucket_bytes) {
    arena_.load(model.weights);
  }

  /// The flat gradient of `scale` times the mean loss over `mine`, summed over the ranks.
  torch::Tensor step(const Samples& mine, double scale) {
    arena_.zero_gradients();
    for (int64_t micro = 0; micro < way_.micro_steps; ++micro) {
      if (micro + 1 == way_.micro_steps) {
        reducer_.start();
      }
      const auto part = [&](const torch::Tensor& tensor) { return tensor.chunk(way_.micro_steps)[static_cast<size_t>(micro)]; };
      const torch::Tensor x_BCHW =
          part(mine.x_BCHW)
              .contiguous(way_.memory == ConvolutionMemory::channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
      const torch::Tensor y_BCHW = unet_.forward(arena_.leaves(), x_BCHW, part(mine.t_B), part(mine.context_BLD),
                                                 {.recompute = way_.recompute, .context_mask_BL = std::nullopt});
      ((y_BCHW - part(mine.target_BCHW)).square().mean() * (scale / static_cast<double>(way_.micro_steps))).backward();
    }
    reducer_.finish();
    return arena_.flat(ArenaBuffer::gradient).clone();
  }

  const GradientReducer& reducer() const { return reducer_; }

 private:
  const UNetModel& unet_;
  Way way_;
  ParameterArena arena_;
  GradientReducer reducer_;
};

/// The gradient of the mean loss over all samples, as each rank has it.
std::vector<torch::Tensor> gradients(const TestModel& model, int world_size, const Way& way, const Samples& all) {
  return on_ranks(world_size, [&](ProcessGroup& group) {
    return RankModel(model, group, way).step(part_of(all, group.place().rank, world_size), 1.0 / world_size);
  });
}

/// In float64 and at once: the gradient without rounding, in the order of the flat buffer.
torch::Tensor exact_gradient(const TestModel& model, const Samples& all, ConvolutionMemory memory) {
  Weights leaves;
  for (const torch::Tensor& weight : model.weights) {
    leaves.push_back(weight.to(torch::kFloat64).set_requires_grad(true));
  }
  const torch::Tensor y_BCHW = model.unet->forward(leaves, all.x_BCHW.to(torch::kFloat64), all.t_B, all.context_BLD.to(torch::kFloat64));
  (y_BCHW - all.target_BCHW.to(torch::kFloat64)).square().mean().backward();
  torch::Tensor flat = torch::zeros({model.unet->layout().flat_size()}, torch::kFloat64);
  for (int i = 0; i < model.unet->layout().size(); ++i) {
    slot_view(flat, model.unet->layout().slot(i), memory).copy_(leaves[static_cast<size_t>(i)].grad());
  }
  return flat;
}

double relative(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a.to(torch::kFloat64) - b.to(torch::kFloat64)).norm() / b.to(torch::kFloat64).norm()).item<double>();
}

/// Four slots of 64, 128, 64 and 256 elements in the flat buffer.
ParameterLayout four_slots() {
  ParameterLayout layout;
  layout.add("a", {3}, ParameterInit::ones);
  layout.add("b", {100}, ParameterInit::ones);
  layout.add("c", {64}, ParameterInit::ones);
  layout.add("d", {200}, ParameterInit::ones);
  return layout;
}

}  // namespace

class GradientReducerTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { at::set_num_threads(1); }  // tiny layers gain nothing from more

  void bucketsByHand() {
    // From the back: d fills 1024 bytes by itself; c, b and a (256 elements) together fill them exactly.
    const std::vector<GradientBucket> buckets = gradient_buckets(four_slots(), 1024);
    QCOMPARE(buckets.size(), size_t{2});
    QCOMPARE(buckets[0].first_slot, 3);
    QCOMPARE(buckets[0].last_slot, 3);
    QCOMPARE(buckets[0].begin, int64_t{256});
    QCOMPARE(buckets[0].end, int64_t{512});
    QCOMPARE(buckets[1].first_slot, 0);
    QCOMPARE(buckets[1].last_slot, 2);
    QCOMPARE(buckets[1].begin, int64_t{0});
    QCOMPARE(buckets[1].end, int64_t{256});
    QCOMPARE(gradient_buckets(four_slots(), 1023).size(), size_t{3});
    QVERIFY_EXCEPTION_THROWN(gradient_buckets(four_slots(), 0), std::invalid_argument);
  }

  void bucketsCoverTheArenaOnceInBackwardOrder_data() {
    QTest::addColumn<qlonglong>("bucket_bytes");
    for (const qlonglong bytes : {1LL, 256LL, 4096LL, 16384LL, 65537LL, 4194304LL, 1LL << 40}) {
      QTest::addRow("%lld bytes", bytes) << bytes;
    }
  }
  void bucketsCoverTheArenaOnceInBackwardOrder() {
    QFETCH(qlonglong, bucket_bytes);
    const ParameterLayout& layout = golden_model().unet->layout();
    const std::vector<GradientBucket> buckets = gradient_buckets(layout, bucket_bytes);
    int next_slot = layout.size() - 1;
    int64_t next_end = layout.flat_size();
    for (const GradientBucket& bucket : buckets) {
      QCOMPARE(bucket.last_slot, next_slot);
      QVERIFY(bucket.first_slot <= bucket.last_slot);
      QCOMPARE(bucket.end, next_end);
      QCOMPARE(bucket.begin, layout.slot(bucket.first_slot).offset);
      QVERIFY((bucket.end - bucket.begin) * 4 <= bucket_bytes || bucket.first_slot == bucket.last_slot);
      if (bucket.first_slot > 0) {  // full: the next slot would not fit
        QVERIFY((bucket.end - layout.slot(bucket.first_slot - 1).offset) * 4 > bucket_bytes);
      }
      next_slot = bucket.first_slot - 1;
      next_end = bucket.begin;
    }
    QCOMPARE(next_slot, -1);
    QCOMPARE(next_end, int64_t{0});
  }

  void twoRanksGiveTheGradientOfTheDoubledBatch_data() { each_way(); }
  void twoRanksGiveTheGradientOfTheDoubledBatch() {
    const Way way = way_of_row();
    const Samples samples = samples_of(4 * way.micro_steps);
    const torch::Tensor one = gradients(random_model(), 1, {.memory = way.memory}, samples).front();
    const std::vector<torch::Tensor> two = gradients(random_model(), 2, way, samples);
    QVERIFY(torch::equal(two[0], two[1]));
    const double difference = relative(two[0], one);
    qInfo("%s: |two ranks - one| / |one| = %.2g", QTest::currentDataTag(), difference);
    QVERIFY2(difference <= 1e-6, format("{:.3g}", difference).c_str());
  }

  void sumIsToTheBitThatOfTheParts_data() { each_way(); }
  void sumIsToTheBitThatOfTheParts() {
    const Way way = way_of_row();
    const Samples samples = samples_of(4 * way.micro_steps);
    torch::Tensor sum;
    for (int64_t rank = 0; rank < 2; ++rank) {
      const auto alone =
          on_ranks(1, [&](ProcessGroup& group) { return RankModel(golden_model(), group, way).step(part_of(samples, rank, 2), 0.5); });
      sum = rank == 0 ? alone.front() : sum + alone.front();
    }
    QVERIFY(sum.count_nonzero().item<int64_t>() > golden_model().unet->layout().parameter_count() * 9 / 10);
    for (const torch::Tensor& gradient : gradients(golden_model(), 2, way, samples)) {
      QVERIFY(torch::equal(gradient, sum));
    }
  }

  void twoRanksAreAsNearToTheExactGradientAsOne() {
    // What is left between one rank and two is the rounding of the network's own kernels, which sum in another order in another batch size:
    // against float64 both are off by as much.
    for (const TestModel* model : {&golden_model(), &random_model()}) {
      for (const ConvolutionMemory memory : {ConvolutionMemory::contiguous, ConvolutionMemory::channels_last}) {
        const Samples samples = samples_of(4);
        const torch::Tensor exact = exact_gradient(*model, samples, memory);
        const torch::Tensor one = gradients(*model, 1, {.memory = memory}, samples).front();
        const torch::Tensor two = gradients(*model, 2, {.memory = memory}, samples).front();
        qInfo("%lld parameters, %s: one rank is off by %.2g, two by %.2g; between them %.2g",
              static_cast<long long>(model->unet->layout().parameter_count()),
              memory == ConvolutionMemory::contiguous ? "contiguous" : "channels_last", relative(one, exact), relative(two, exact),
              relative(two, one));
        QVERIFY(relative(one, exact) < 1e-5);
        QVERIFY(relative(two, exact) < 1.5 * relative(one, exact));
      }
    }
  }

  void reductionStartsDuringTheBackwardPass() {
    const auto launched = on_ranks(2, [](ProcessGroup& group) {
      RankModel model(golden_model(), group, {.bucket_bytes = small_bucket_bytes});
      model.step(part_of(samples_of(4), group.place().rank, 2), 0.5);
      return std::pair(model.reducer().launched_during_backward(), static_cast<int64_t>(model.reducer().buckets().size()));
    });
    for (const auto& [during, all] : launched) {
      qInfo("%lld of %lld messages were under way before the backward pass returned", static_cast<long long>(during),
            static_cast<long long>(all));
      QVERIFY(all > 10);
      QCOMPARE(during, all);  // every parameter of the UNet gets a gradient
    }
  }

  void onlyTheLastMicroStepIsReduced() {
    const auto sums = on_ranks(2, [](ProcessGroup& group) {
      ParameterArena arena(four_slots(), {});
      arena.initialize(1);
      GradientReducer reducer(arena, group, 1);
      arena.leaves()[0].sum().backward();
      const torch::Tensor own = arena.view(ArenaBuffer::gradient, 0).clone();
      reducer.start();
      arena.leaves()[0].sum().backward();
      reducer.finish();
      return torch::stack({own, arena.view(ArenaBuffer::gradient, 0)});
    });
    for (const torch::Tensor& sum : sums) {
      QVERIFY(torch::equal(sum, torch::tensor({{1.0F, 1.0F, 1.0F}, {4.0F, 4.0F, 4.0F}})));  // 2 ranks x 2 micro-steps
    }
  }

  void slotWithoutGradientHangsNobody() {
    // Rank 0 uses a and d, rank 1 uses a, b and d; nobody uses c.
    const auto results = on_ranks(2, [](ProcessGroup& group) {
      ParameterArena arena(four_slots(), {});
      arena.initialize(1);
      GradientReducer reducer(arena, group, 1);
      const Weights& leaves = arena.leaves();
      torch::Tensor loss = leaves[0].sum() + 3 * leaves[3].sum();
      if (group.place().rank == 1) {
        loss = loss + 5 * leaves[1].sum();
      }
      reducer.start();
      loss.backward();
      reducer.finish();
      return std::pair(arena.views(ArenaBuffer::gradient), reducer.launched_during_backward());
    });
    for (const auto& [gradient, during] : results) {
      QCOMPARE(during, int64_t{1});  // d; what comes after c waits for the end, in the same order at every rank
      QVERIFY(gradient[0].eq(2).all().item<bool>());
      QVERIFY(gradient[1].eq(5).all().item<bool>());
      QVERIFY(gradient[2].eq(0).all().item<bool>());
      QVERIFY(gradient[3].eq(6).all().item<bool>());
    }
  }

  void bf16GradientsAddUpInFp32_data() {
    QTest::addColumn<int>("world_size");
    QTest::newRow("alone") << 1;
    QTest::newRow("two ranks") << 2;
  }
  void bf16GradientsAddUpInFp32() {
    QFETCH(int, world_size);
    // 1 + 2^-9 is 1 in bfloat16, which has 8 bits.
    const auto results = on_ranks(world_size, [](ProcessGroup& group) {
      ParameterArena arena(four_slots(), {torch::kCPU, torch::kBFloat16, ConvolutionMemory::channels_last});
      arena.initialize(1);
      GradientReducer reducer(arena, group, 1);
      for (const double gradient : {1.0, 0x1p-9}) {
        if (gradient < 1) {
          reducer.start();
        }
        torch::Tensor loss = torch::zeros({}, torch::kBFloat16);
        for (const torch::Tensor& leaf : arena.leaves()) {
          loss = loss + (leaf * gradient).sum();
        }
        loss.backward();
      }
      reducer.finish();
      return std::tuple(arena.views(ArenaBuffer::gradient), arena.leaves()[1].grad().defined(), reducer.launched_during_backward());
    });
    for (const auto& [gradient, left_behind, during] : results) {
      for (const torch::Tensor& slot : gradient) {
        QVERIFY(slot.scalar_type() == torch::kFloat32);
        QVERIFY(slot.eq((1.0 + 0x1p-9) * world_size).all().item<bool>());
      }
      QVERIFY(!left_behind);  // autograd's own bf16 sum is not kept
      QCOMPARE(during, int64_t{world_size == 1 ? 0 : 4});
    }
  }

  void fourRanksGiveTheSameBitsAgain() {
    const Samples first = samples_of(8, 1);
    const Samples second = samples_of(8, 2);
    const Way way{.memory = ConvolutionMemory::channels_last, .micro_steps = 2, .bucket_bytes = small_bucket_bytes};
    const auto uninterrupted = on_ranks(4, [&](ProcessGroup& group) {
      RankModel model(golden_model(), group, way);
      const auto step = [&](const Samples& all) { return model.step(part_of(all, group.place().rank, 4), 0.25); };
      const torch::Tensor before = step(first);
      return std::pair(before, step(second));
    });
    const std::vector<torch::Tensor> again = gradients(golden_model(), 4, way, first);
    const std::vector<torch::Tensor> resumed = gradients(golden_model(), 4, way, second);  // ranks that did not see the first step
    for (size_t rank = 0; rank < 4; ++rank) {
      QVERIFY(torch::equal(uninterrupted[rank].first, again[0]));
      QVERIFY(torch::equal(uninterrupted[rank].second, resumed[0]));
      QVERIFY(torch::equal(again[rank], again[0]));
      QVERIFY(torch::equal(resumed[rank], resumed[0]));
    }
    QVERIFY(!torch::equal(again[0], resumed[0]));
  }

  void aSecondReducerTakesTheArenaOver() {
    const auto group = join_process_group({});
    ParameterArena arena(four_slots(), {torch::kCPU, torch::kBFloat16, ConvolutionMemory::contiguous});
    arena.initialize(1);
    { const GradientReducer gone(arena, *group); }
    arena.leaves()[0].sum().backward();  // nobody watches: autograd keeps its own
    QVERIFY(arena.leaves()[0].grad().defined());
    QVERIFY(arena.flat(ArenaBuffer::gradient).eq(0).all().item<bool>());
    arena.leaves()[0].mutable_grad().reset();
    GradientReducer reducer(arena, *group);
    reducer.start();
    arena.leaves()[0].sum().backward();
    reducer.finish();
    QVERIFY(arena.view(ArenaBuffer::gradient, 0).eq(1).all().item<bool>());
  }

  void finishNeedsAStart() {
    const auto group = join_process_group({});
    ParameterArena arena(four_slots(), {});
    GradientReducer reducer(arena, *group);
    QVERIFY_EXCEPTION_THROWN(reducer.finish(), std::invalid_argument);
  }

  void aLostRankEndsTheStepWithAnError() {
    const auto said = on_ranks(2, [](ProcessGroup& group) -> std::string {
      ParameterArena arena(four_slots(), {});
      arena.initialize(1);
      GradientReducer reducer(arena, group, 1);
      group.barrier();
      if (group.place().rank == 1) {
        return {};
      }
      try {
        reducer.start();
        arena.leaves()[3].sum().backward();
        reducer.finish();
      } catch (const Error& error) {
        return error.code() == ErrorCode::peer_died ? error.what() : "another code";
      }
      return "no error";
    });
    QVERIFY2(said[0].find("lost the others during all-reduce") != std::string::npos, said[0].c_str());
  }

 private:
  static void each_way() {
    QTest::addColumn<bool>("channels_last");
    QTest::addColumn<qlonglong>("micro_steps");
    QTest::addColumn<bool>("recompute");
    for (const bool channels_last : {false, true}) {
      for (const qlonglong micro_steps : {1, 2}) {
        for (const bool recompute : {false, true}) {
          QTest::addRow("%s, accumulation %lld%s", channels_last ? "channels_last" : "contiguous", micro_steps,
                        recompute ? ", recompute" : "")
              << channels_last << micro_steps << recompute;
        }
      }
    }
  }

  static Way way_of_row() {
    QFETCH(bool, channels_last);
    QFETCH(qlonglong, micro_steps);
    QFETCH(bool, recompute);
    return {.memory = channels_last ? ConvolutionMemory::channels_last : ConvolutionMemory::contiguous,
            .micro_steps = micro_steps,
            .recompute = recompute,
            .bucket_bytes = small_bucket_bytes};
  }
};

DARKROOM_TEST(GradientReducerTest);
#include "gradient_reducer_test.moc"
