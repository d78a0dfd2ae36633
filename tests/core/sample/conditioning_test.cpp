// SPDX-License-Identifier: Apache-2.0
#include "core/sample/conditioning.h"

#include "core/base/error.h"
#include "tests/core/sample/golden_text_encoder.h"

using namespace darkroom;
using namespace darkroom::test;

class ConditioningTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    qputenv("DARKROOM_RESOURCES", DARKROOM_SOURCE_DIR "/resources");
    text_ = golden_text_encoder();
  }

  void followsTheSchedule() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    const Conditioning conditioning = make_conditioning(encoder, request("a [cat:dog:3]", "red", 10));
    QCOMPARE(conditioning.distinct(), size_t{2});
    QCOMPARE(conditioning.index_at(0), conditioning.index_at(3));
    QVERIFY(conditioning.index_at(3) != conditioning.index_at(4));
    QCOMPARE(conditioning.index_at(4), conditioning.index_at(9));
    QCOMPARE(conditioning.index_at(9), conditioning.index_at(50));
    QVERIFY(at::equal(conditioning.at(0).positive[0].text.states_1LD, states(encoder, "a cat")));
    QVERIFY(at::equal(conditioning.at(9).positive[0].text.states_1LD, states(encoder, "a dog")));
    QVERIFY(at::equal(conditioning.at(9).negative.states_1LD, states(encoder, "red")));
  }

  void alternatesAtEachStep() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    const Conditioning conditioning = make_conditioning(encoder, request("[cat|dog|]", "[red|house]", 12));
    std::vector<size_t> indices;
    for (int64_t call = 0; call < 12; ++call) {
      indices.push_back(conditioning.index_at(call));
    }
    // Steps 1, 1, 2, 3 … 11: six pairs of three texts and two.
    QCOMPARE(conditioning.distinct(), size_t{6});
    QCOMPARE(indices, (std::vector<size_t>{0, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4}));
    QCOMPARE(encoder.encoded_chunks(), 5);
  }

  void weighsThePartsOfAnd() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    const Conditioning conditioning = make_conditioning(encoder, request("a cat AND dog:0.5 AND [red:house:2]:-1", "a AND b", 5));
    const StepConditioning& first = conditioning.at(0);
    QCOMPARE(first.positive.size(), size_t{3});
    QCOMPARE(first.positive[0].weight, 1.0);
    QCOMPARE(first.positive[1].weight, 0.5);
    QCOMPARE(first.positive[2].weight, -1.0);
    QVERIFY(at::equal(first.positive[1].text.states_1LD, states(encoder, " dog")));
    QVERIFY(at::equal(first.positive[2].text.states_1LD, states(encoder, "red")));
    QVERIFY(at::equal(conditioning.at(3).positive[2].text.states_1LD, states(encoder, "house")));
    QVERIFY(at::equal(first.negative.states_1LD, states(encoder, "a AND b")));
  }

  void allTextsAreOfOneLength() {
    PromptEncoder encoder(text_, torch::kCPU, true);
    const Conditioning conditioning = make_conditioning(encoder, request("a cat AND dog", "red BREAK house BREAK cat", 5));
    QCOMPARE(conditioning.tokens(), int64_t{3 * 77});
    const torch::Tensor empty = states(encoder, "");
    for (const WeightedStates& part : conditioning.at(0).positive) {
      QVERIFY(at::equal(part.text.states_1LD.narrow(1, 154, 77), empty));
      QCOMPARE(part.text.mask_1L->narrow(1, 77, 154).sum().item<int64_t>(), int64_t{0});
    }
    QCOMPARE(conditioning.at(0).negative.mask_1L->sum().item<int64_t>(), int64_t{9});
  }

  void withoutGuidanceTheNegativePromptCountsForNothing() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    ConditioningRequest alone = request("a cat", "red BREAK house BREAK dog", 5);
    alone.cfg_scale = 1;
    const Conditioning unguided = make_conditioning(encoder, alone);
    QCOMPARE(unguided.tokens(), int64_t{77});
    QCOMPARE(encoder.encoded_chunks(), 1);
    QVERIFY(!unguided.at(0).negative.states_1LD.defined());
    QCOMPARE(unguided.negative().longest.tokens, 0);
    QVERIFY(at::equal(unguided.at(0).positive[0].text.states_1LD, states(encoder, "a cat")));
    // Parts of an AND keep their difference to it: u + sum of weight (c - u) is not c.
    for (const char* prompt : {"a cat AND dog", "a cat :0.5"}) {
      alone.prompt = prompt;
      const Conditioning guided = make_conditioning(encoder, alone);
      QCOMPARE(guided.tokens(), int64_t{3 * 77});
      QVERIFY(guided.at(0).negative.states_1LD.defined());
    }
  }

  void theSamePromptsAreEncodedOnce() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    make_conditioning(encoder, request("a [cat:dog:.5]", "red", 20));
    QCOMPARE(encoder.encoded_chunks(), 3);
    make_conditioning(encoder, request("a [cat:dog:.5]", "red", 20));
    make_conditioning(encoder, request("a (dog:1.2)", "cat", 7));
    QCOMPARE(encoder.encoded_chunks(), 4);
  }

  void plainSyntaxTakesTheTextAsItIs() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    ConditioningRequest plain = request("a cat:2", "", 5);
    plain.syntax = PromptSyntax::plain;
    const Conditioning conditioning = make_conditioning(encoder, plain);
    QCOMPARE(conditioning.positive().longest.tokens, 4);
    QCOMPARE(conditioning.at(0).positive[0].weight, 1.0);
  }

  void saysWhatWasCutAndTakenOut() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    std::string prompt;
    for (int i = 0; i < 75; ++i) {
      prompt += "cat ";
    }
    ConditioningRequest limited = request(prompt + "<lora:x:0.5>red house", "dog", 5);
    limited.chunks.max_chunks = 1;
    const Conditioning conditioning = make_conditioning(encoder, limited);
    QCOMPARE(conditioning.positive().cut, std::string("red house"));
    QCOMPARE(conditioning.positive().longest.cut_tokens, 2);
    QCOMPARE(conditioning.positive().tags.size(), size_t{1});
    QCOMPARE(conditioning.positive().tags[0].unet_weight, 0.5);
    QVERIFY(conditioning.negative().cut.empty());
    QCOMPARE(conditioning.tokens(), int64_t{77});
    QCOMPARE(make_conditioning(encoder, request(prompt + "red house", "", 5)).tokens(), int64_t{154});
  }

  void refusesPartWeightsThatAreNotFinite() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    QVERIFY_EXCEPTION_THROWN(make_conditioning(encoder, request("cat:" + std::string(400, '9'), "", 5)), Error);
    QVERIFY_EXCEPTION_THROWN(make_conditioning(encoder, request("cat", "", 0)), std::invalid_argument);
  }

 private:
  static ConditioningRequest request(const std::string& prompt, const std::string& negative, int steps) {
    ConditioningRequest request;
    request.prompt = prompt;
    request.negative = negative;
    request.pass.steps = steps;
    return request;
  }
  static torch::Tensor states(PromptEncoder& encoder, const std::string& text) {
    const std::vector<PromptText> prompts = {{chunk_prompt(parse_weights(text), ClipTokenizer::builtin()), 1}};
    return encoder.encode(prompts, Emphasis::original, 1)[0].states_1LD;
  }

  LoadedTextEncoder text_;
};

DARKROOM_TEST(ConditioningTest);
#include "conditioning_test.moc"
