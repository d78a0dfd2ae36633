// SPDX-License-Identifier: Apache-2.0
#include "core/nn/clip_text.h"

#include "tests/core/nn/golden_model.h"

using namespace darkroom;
using namespace darkroom::test;

class ClipTextTest : public QObject {
  Q_OBJECT

 private slots:
  void statesEqualThePeer() {
    for (const char* name : {"text_quick_gelu", "text_gelu"}) {
      const ClipText text(clip_text_config_from_json(golden_config(name), name));
      const auto arena = golden_arena(name, text.layout());
      const Weights weights = arena->views(ArenaBuffer::ema);
      const SafetensorsFile golden = golden_file(name);
      const torch::Tensor ids = golden.tensor("ids");
      const torch::NoGradGuard no_grad;
      COMPARE_WITHIN(name, text.encode(weights, ids), golden.tensor("plain"), 1e-5);
      COMPARE_WITHIN("clip_skip 2", text.encode(weights, ids, std::nullopt, 2), golden.tensor("skip_2"), 1e-5);
      const torch::Tensor masked = text.encode(weights, ids, golden.tensor("mask"));
      COMPARE_WITHIN("masked", masked, golden.tensor("masked"), 1e-5);
      QVERIFY(max_difference(masked, golden.tensor("plain")) > 1e-3);  // padding was really hidden
      QVERIFY(at::equal(text.encode(weights, ids.to(torch::kInt32)), text.encode(weights, ids)));
    }
  }

  void laterTokensDoNotChangeEarlierStates() {
    const ClipText text(clip_text_config_from_json(golden_config("text_gelu"), "text"));
    const auto arena = golden_arena("text_gelu", text.layout());
    const torch::Tensor ids = golden_file("text_gelu").tensor("ids");
    const torch::NoGradGuard no_grad;
    const torch::Tensor whole = text.encode(arena->leaves(), ids);
    const torch::Tensor start = text.encode(arena->leaves(), ids.narrow(1, 0, 10));
    COMPARE_WITHIN("first ten tokens", start, whole.narrow(1, 0, 10), 1e-6);
  }

  void stableDiffusionsTextEncoderHasItsParameters() {
    QCOMPARE(ClipText(sd15_clip_text_config()).layout().parameter_count(), int64_t{123'060'480});
  }

  void readsTheTextHalfOfAWholeClipModel() {
    const Json nested = {{"model_type", "clip"}, {"text_config", golden_config("text_gelu")}, {"vision_config", Json::object()}};
    QVERIFY(clip_text_config_from_json(nested, "clip") == clip_text_config_from_json(golden_config("text_gelu"), "text"));
  }

  void configSurvivesTheRoundTrip() {
    const ClipTextConfig config = clip_text_config_from_json(golden_config("text_gelu"), "text");
    QVERIFY(clip_text_config_from_json(to_json(config), "again") == config);
  }

  void namesTheKeyThatItCannotBuild() {
    Json json = golden_config("text_gelu");
    json["hidden_act"] = "relu";
    QVERIFY_EXCEPTION_THROWN(clip_text_config_from_json(json, "text"), Error);
    json = golden_config("text_gelu");
    json["num_attention_heads"] = 5;
    QVERIFY_EXCEPTION_THROWN(clip_text_config_from_json(json, "text"), Error);
  }

  void rejectsWrongArguments() {
    const ClipText text(clip_text_config_from_json(golden_config("text_gelu"), "text"));
    const auto arena = golden_arena("text_gelu", text.layout());
    const torch::Tensor ids = torch::zeros({1, 77}, torch::kInt64);
    QVERIFY_EXCEPTION_THROWN(text.encode(arena->leaves(), torch::zeros({1, 78}, torch::kInt64)), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(text.encode(arena->leaves(), torch::zeros({1, 77})), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(text.encode(arena->leaves(), ids, torch::ones({1, 76})), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(text.encode(arena->leaves(), ids, std::nullopt, 0), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(text.encode(arena->leaves(), ids, std::nullopt, 4), std::invalid_argument);
  }
};

DARKROOM_TEST(ClipTextTest);
#include "clip_text_test.moc"
