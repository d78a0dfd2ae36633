// SPDX-License-Identifier: Apache-2.0
#include "core/nn/tiny_decoder.h"

#include "tests/core/nn/golden_model.h"

using namespace darkroom;
using namespace darkroom::test;

class TinyDecoderTest : public QObject {
  Q_OBJECT

 private slots:
  void decodeEqualsThePeer() {
    const TinyDecoder decoder({.latent_channels = 4, .width = 8});
    const torch::NoGradGuard no_grad;
    const Weights weights = read_weights(decoder.layout(), golden_folder("tiny"), torch::kFloat32, torch::kCPU,
                                         {.aliases = {}, .ignored_prefixes = {"encoder."}});
    const SafetensorsFile golden = golden_file("tiny");
    COMPARE_WITHIN("decoded", decoder.decode(weights, golden.tensor("latents")), golden.tensor("decoded"), 1e-5);
  }

  void theUsualShapeHasItsParameters() { QCOMPARE(TinyDecoder().layout().parameter_count(), int64_t{1'222'531}); }

  void namesOfTheOriginalFileBecomeOurs() {
    QCOMPARE(tiny_decoder_name("1.weight"), std::string("decoder.layers.0.weight"));
    QCOMPARE(tiny_decoder_name("3.conv.0.bias"), std::string("decoder.layers.2.conv.0.bias"));
    QCOMPARE(tiny_decoder_name("19.weight"), std::string("decoder.layers.18.weight"));
    QCOMPARE(tiny_decoder_name("decoder.layers.2.conv.0.bias"), std::string("decoder.layers.2.conv.0.bias"));
    QCOMPARE(tiny_decoder_name("0.weight"), std::string("0.weight"));
    QCOMPARE(tiny_decoder_name("conv.weight"), std::string("conv.weight"));
  }

  void rejectsOtherShapes() {
    QVERIFY_EXCEPTION_THROWN(TinyDecoder({.latent_channels = 0}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(TinyDecoder({.latent_channels = 4, .width = 0}), std::invalid_argument);
    const TinyDecoder decoder({.latent_channels = 4, .width = 8});
    QVERIFY_EXCEPTION_THROWN(decoder.decode({}, torch::zeros({1, 4, 2, 2})), std::invalid_argument);
    const Weights weights(static_cast<size_t>(decoder.layout().size()), torch::zeros({1}));
    QVERIFY_EXCEPTION_THROWN(decoder.decode(weights, torch::zeros({1, 3, 2, 2})), std::invalid_argument);
  }
};

DARKROOM_TEST(TinyDecoderTest);
#include "tiny_decoder_test.moc"
