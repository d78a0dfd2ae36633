// SPDX-License-Identifier: Apache-2.0
// Golden: tests/parity/make_prompt_goldens.py.
#include "core/sample/prompt_encoder.h"

#include "core/base/error.h"
#include "tests/core/sample/golden_text_encoder.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

std::string cats(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "cat ";
  }
  return text;
}

}  // namespace

class PromptEncoderTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    qputenv("DARKROOM_RESOURCES", DARKROOM_SOURCE_DIR "/resources");
    text_ = golden_text_encoder();
  }

  void statesEqualThePeer() {
    const SafetensorsFile golden(prompt_golden("prompt_states.safetensors"));
    const Json cases = read_json_file(prompt_golden("prompt_states.json")).at("cases");
    QVERIFY(cases.size() >= 12);
    double largest = 0;
    for (const Json& item : cases) {
      const std::string name = item.at("name").get<std::string>();
      PromptEncoder encoder(text_, torch::kCPU, item.at("mask").get<bool>());
      encoder.set_embeddings({{"myface", golden.tensor("embedding.myface")}});
      std::vector<PromptText> texts;
      for (const Json& text : item.at("texts")) {
        texts.push_back({chunked(text.at("prompt").get<std::string>(), encoder), text.at("times").get<int64_t>()});
      }
      const std::vector<EncodedText> encoded =
          encoder.encode(texts, emphasis_from_name(item.at("emphasis").get<std::string>()), item.at("clip_skip").get<int>());
      for (size_t i = 0; i < encoded.size(); ++i) {
        const double difference = max_difference(encoded[i].states_1LD, golden.tensor(name + "." + std::to_string(i)));
        QVERIFY2(difference <= 1e-5, qPrintable(QString("%1.%2: %3").arg(name.c_str()).arg(i).arg(difference)));
        largest = std::max(largest, difference);
      }
    }
    qInfo("largest difference %.3g", largest);
  }

  void originalEmphasisKeepsTheMean() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    const torch::Tensor plain = one(encoder, "a (red:1.4) cat", Emphasis::none);
    const torch::Tensor original = one(encoder, "a (red:1.4) cat", Emphasis::original);
    QVERIFY(std::abs((original.mean() - plain.mean()).item<double>()) < 1e-6);
    const torch::Tensor no_norm = one(encoder, "a (red:1.4) cat", Emphasis::no_norm);
    QVERIFY(max_difference(no_norm.select(1, 2), plain.select(1, 2) * 1.4F) < 1e-6);
    QVERIFY(at::equal(no_norm.select(1, 3), plain.select(1, 3)));
  }

  void withoutWeightsEmphasisChangesNoBit() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    const torch::Tensor plain = one(encoder, "a red cat", Emphasis::none);
    for (const Emphasis emphasis : {Emphasis::original, Emphasis::no_norm, Emphasis::comfy}) {
      QVERIFY(at::equal(one(encoder, "a red cat", emphasis), plain));
    }
  }

  void eachChunkIsEncodedOnce() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    const torch::Tensor before = one(encoder, cats(75) + "red house");
    QCOMPARE(encoder.encoded_chunks(), 2);
    one(encoder, cats(75) + "red house");
    one(encoder, "red house");
    QCOMPARE(encoder.encoded_chunks(), 2);
    one(encoder, "(red:1.2) house", Emphasis::comfy);  // other weights; the empty prompt is new
    QCOMPARE(encoder.encoded_chunks(), 3);
    const torch::Tensor after = one(encoder, cats(75) + "red dog");
    QCOMPARE(encoder.encoded_chunks(), 4);
    QVERIFY(at::equal(before.narrow(1, 0, 77), after.narrow(1, 0, 77)));
    QVERIFY(max_difference(before.narrow(1, 77, 77), after.narrow(1, 77, 77)) > 1e-4);
    one(encoder, "red house", Emphasis::original, 2);
    QCOMPARE(encoder.encoded_chunks(), 5);
    encoder.forget();
    one(encoder, "red house");
    QCOMPARE(encoder.encoded_chunks(), 6);
  }

  void remembersABoundedNumber() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    for (size_t i = 0; i <= PromptEncoder::kRemembered; ++i) {
      std::string prompt;
      for (size_t bit = 0; bit < 8; ++bit) {
        prompt += i >> bit & 1 ? "cat " : "dog ";
      }
      one(encoder, prompt);
    }
    const auto made = static_cast<int64_t>(PromptEncoder::kRemembered) + 1;
    QCOMPARE(encoder.encoded_chunks(), made);
    one(encoder, "dog dog dog dog dog dog dog dog ");  // the first, forgotten
    QCOMPARE(encoder.encoded_chunks(), made + 1);
  }

  void shorterPromptsArePaddedWithTheEmptyOne() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    const torch::Tensor empty = one(encoder, "");
    const std::vector<PromptText> prompts = {{chunked("a cat", encoder), 1}, {chunked("a cat BREAK dog", encoder), 1}};
    const std::vector<EncodedText> encoded = encoder.encode(prompts, Emphasis::original, 1, 3);
    QCOMPARE(encoded[0].states_1LD.size(1), int64_t{3 * 77});
    QVERIFY(at::equal(encoded[0].states_1LD.narrow(1, 77, 77), empty));
    QVERIFY(at::equal(encoded[0].states_1LD.narrow(1, 154, 77), empty));
    QVERIFY(!encoded[0].mask_1L);
    QVERIFY(at::equal(encoded[0].states_1LD.narrow(1, 0, 77), encoded[1].states_1LD.narrow(1, 0, 77)));
  }

  void masksShowTokensAndHidePadding() {
    PromptEncoder encoder(text_, torch::kCPU, true);
    const std::vector<PromptText> prompts = {{chunked("a cat BREAK dog", encoder), 1}};
    const torch::Tensor mask_1L = *encoder.encode(prompts, Emphasis::original, 1, 3)[0].mask_1L;
    torch::Tensor expected = torch::zeros({1, 3 * 77}, torch::kInt64);
    expected.narrow(1, 0, 4).fill_(1);
    expected.narrow(1, 77, 3).fill_(1);
    QVERIFY(at::equal(mask_1L, expected));
  }

  void embeddingsStandForTheirName() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    const int64_t cat = ClipTokenizer::builtin().encode("cat")[0];
    const torch::Tensor row =
        text_.weights[static_cast<size_t>(text_.model->layout().index_of("text_model.embeddings.token_embedding.weight"))].narrow(0, cat,
                                                                                                                                  1);
    const torch::Tensor expected = one(encoder, "a cat cat");
    encoder.set_embeddings({{"feline", at::cat({row, row}, 0)}});
    QVERIFY(at::equal(one(encoder, "a feline"), expected));
    encoder.set_embeddings({{"feline", at::cat({row, row * 2}, 0)}});
    QVERIFY(!at::equal(one(encoder, "a feline"), expected));
    QVERIFY_EXCEPTION_THROWN(encoder.set_embeddings({{"feline", torch::zeros({2, 768})}}), Error);
  }

  void vectorsMustFitTheEncoder() {
    const ClipText& model = *text_.model;
    const torch::Tensor ids = torch::full({1, 77}, ClipTokenizer::kEnd, torch::kInt64);
    QVERIFY(at::equal(model.encode_vectors(text_.weights, model.embed(text_.weights, ids)), model.encode(text_.weights, ids)));
    QVERIFY_EXCEPTION_THROWN(model.encode_vectors(text_.weights, torch::zeros({1, 77, 8})), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(model.encode_vectors(text_.weights, torch::zeros({1, 78, 16})), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(model.encode_vectors(text_.weights, torch::zeros({77, 16})), std::invalid_argument);
  }

  void refusesWeightsThatAreNotFinite() {
    PromptEncoder encoder(text_, torch::kCPU, false);
    QVERIFY_EXCEPTION_THROWN(one(encoder, "(cat:" + std::string(400, '9') + ")"), Error);
  }

  void namesOfEmphasesReadBack() {
    for (const Emphasis emphasis : {Emphasis::original, Emphasis::no_norm, Emphasis::comfy, Emphasis::none}) {
      QVERIFY(emphasis_from_name(emphasis_name(emphasis)) == emphasis);
    }
    QVERIFY_EXCEPTION_THROWN(emphasis_from_name("strong"), Error);
  }

 private:
  static ChunkedPrompt chunked(const std::string& prompt, const PromptEncoder& encoder) {
    return chunk_prompt(parse_weights(prompt), ClipTokenizer::builtin(), encoder.embeddings());
  }
  static torch::Tensor one(PromptEncoder& encoder, const std::string& prompt, Emphasis emphasis = Emphasis::original, int clip_skip = 1) {
    const std::vector<PromptText> prompts = {{chunked(prompt, encoder), 1}};
    return encoder.encode(prompts, emphasis, clip_skip)[0].states_1LD;
  }

  LoadedTextEncoder text_;
};

DARKROOM_TEST(PromptEncoderTest);
#include "prompt_encoder_test.moc"
