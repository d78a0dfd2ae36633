// SPDX-License-Identifier: Apache-2.0
#include "core/train/text_conditioning.h"

#include <ATen/Parallel.h>

#include "core/tensor/counter_rng.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

LoadedTextEncoder small_encoder() {
  ClipTextConfig config;
  config.vocab_size = 50;
  config.hidden_size = 12;
  config.intermediate_size = 16;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 2;
  LoadedTextEncoder encoder{.model = std::make_unique<ClipText>(config), .weights = {}};
  for (const ParameterSlot& slot : encoder.model->layout().all_slots()) {
    encoder.weights.push_back(initial_values(slot, 3));
  }
  return encoder;
}

constexpr int64_t bytes_of_one = 77 * 12 * 4;

/// Captions 0, 1, 2 … as rows of ids.
torch::Tensor ids_of(const std::vector<int>& captions) {
  std::vector<torch::Tensor> rows;
  for (const int caption : captions) {
    rows.push_back((counter_uniform(77, {.seed = 1, .stream = static_cast<uint64_t>(caption), .sample = 0}) * 50).to(torch::kInt64));
  }
  return torch::stack(rows);
}

torch::Tensor full_mask(int64_t captions) { return torch::ones({captions, 77}, torch::kInt64); }

}  // namespace

class TextConditioningTest : public QObject {
  Q_OBJECT

  LoadedTextEncoder encoder_ = small_encoder();

  torch::Tensor encode(TextConditioning& text, const std::vector<int>& captions) const {
    return text.encode(ids_of(captions), full_mask(static_cast<int64_t>(captions.size())));
  }

 private slots:
  void initTestCase() { at::set_num_threads(1); }  // tiny layers gain nothing from more

  void statesDoNotDependOnTheBatchOrWhatIsRemembered() {
    TextConditioning whole(encoder_, torch::kCPU, false);
    const torch::Tensor all = encode(whole, {0, 1, 2, 3, 1});
    TextConditioning forgetful(encoder_, torch::kCPU, false, 0);
    TextConditioning other(encoder_, torch::kCPU, false);
    encode(other, {7, 3});
    const torch::Tensor again = encode(other, {2, 3});
    QVERIFY(torch::equal(again[0], all[2]));
    QVERIFY(torch::equal(again[1], all[3]));
    QVERIFY(torch::equal(encode(forgetful, {0, 1, 2, 3, 1}), all));
    QVERIFY(torch::equal(all[1], all[4]));
    QVERIFY(!torch::equal(all[0], all[1]));
    QVERIFY((all.sizes() == at::IntArrayRef{5, 77, 12}));
    QVERIFY(!all.requires_grad());
  }

  void statesAreTheEncoders() {
    TextConditioning text(encoder_, torch::kCPU, false);
    const torch::Tensor expected = encoder_.model->encode(encoder_.weights, ids_of({4}));
    QVERIFY(torch::equal(encode(text, {4}), expected));
    QVERIFY(torch::equal(encode(text, {4}), expected));  // remembered
  }

  void aCaptionIsEncodedOnce() {
    TextConditioning text(encoder_, torch::kCPU, false);
    encode(text, {0, 1, 0, 0});
    QCOMPARE(text.encoded(), int64_t{2});
    QCOMPARE(text.reused(), int64_t{2});
    encode(text, {1, 2});
    QCOMPARE(text.encoded(), int64_t{3});
    QCOMPARE(text.reused(), int64_t{3});
  }

  void theLeastRecentlyUsedGoesFirst() {
    TextConditioning text(encoder_, torch::kCPU, false, 2 * bytes_of_one);
    encode(text, {0, 1});
    encode(text, {0});  // now 1 is the oldest
    encode(text, {2});  // takes its place
    QCOMPARE(text.encoded(), int64_t{3});
    encode(text, {0, 2});
    QCOMPARE(text.encoded(), int64_t{3});
    encode(text, {1});
    QCOMPARE(text.encoded(), int64_t{4});
  }

  void maskIsGivenToTheEncoderOnlyWhereThePlanSaysSo() {
    torch::Tensor mask = full_mask(1);
    mask.slice(1, 5).zero_();
    TextConditioning plain(encoder_, torch::kCPU, false);
    TextConditioning masked(encoder_, torch::kCPU, true);
    const torch::Tensor ids = ids_of({5});
    QVERIFY(torch::equal(plain.encode(ids, mask), encoder_.model->encode(encoder_.weights, ids)));
    QVERIFY(torch::equal(masked.encode(ids, mask), encoder_.model->encode(encoder_.weights, ids, mask)));
    QVERIFY(!torch::allclose(plain.encode(ids, mask), masked.encode(ids, mask)));
  }
};

DARKROOM_TEST(TextConditioningTest);
#include "text_conditioning_test.moc"
