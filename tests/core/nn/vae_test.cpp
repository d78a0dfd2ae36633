// SPDX-License-Identifier: Apache-2.0
#include "core/nn/vae.h"

#include "tests/core/nn/golden_model.h"

using namespace darkroom;
using namespace darkroom::test;

class VaeTest : public QObject {
  Q_OBJECT

 private slots:
  void encodeAndDecodeEqualThePeer() {
    const Vae vae(vae_config_from_json(golden_config("vae"), "vae"));
    const SafetensorsFile golden = golden_file("vae");
    const torch::NoGradGuard no_grad;
    for (const ConvolutionMemory memory : {ConvolutionMemory::contiguous, ConvolutionMemory::channels_last}) {
      const auto arena = golden_arena("vae", vae.layout(), memory);
      const Weights weights = arena->views(ArenaBuffer::ema);
      const LatentDistribution latents = vae.encode(weights, golden.tensor("images"));
      COMPARE_WITHIN("mean", latents.mean_BCHW, golden.tensor("mean"), 1e-5);
      COMPARE_WITHIN("logvar", latents.logvar_BCHW, golden.tensor("logvar"), 1e-5);
      COMPARE_WITHIN("decode", vae.decode(weights, golden.tensor("latents")), golden.tensor("decoded"), 1e-5);
    }
  }

  void stableDiffusionsVaeHasItsParametersAndScale() {
    const Vae vae(sd15_vae_config());
    QCOMPARE(vae.layout().parameter_count(), int64_t{83'653'863});
    QCOMPARE(vae.downscale(), int64_t{8});
    QCOMPARE(vae.scaling_factor(), 0.18215);
  }

  void configSurvivesTheRoundTrip() {
    const VaeConfig config = vae_config_from_json(golden_config("vae"), "vae");
    QVERIFY(vae_config_from_json(to_json(config), "again") == config);
    QCOMPARE(Vae(config).downscale(), int64_t{4});
  }

  void namesTheKeyThatItCannotBuild() {
    Json json = golden_config("vae");
    json["shift_factor"] = 0.1;
    try {
      vae_config_from_json(json, "vae/config.json");
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY(error.code() == ErrorCode::bad_input);
      QVERIFY2(std::string(error.what()).find("vae/config.json: \"shift_factor\" is 0.1") == 0, error.what());
    }
    json = golden_config("vae");
    json["scaling_facto"] = 1;
    QVERIFY_EXCEPTION_THROWN(vae_config_from_json(json, "x"), Error);
  }

  void rejectsImagesThatDoNotHalveEvenly() {
    const Vae vae(vae_config_from_json(golden_config("vae"), "vae"));
    const auto arena = golden_arena("vae", vae.layout());
    QVERIFY_EXCEPTION_THROWN(vae.encode(arena->leaves(), torch::zeros({1, 3, 26, 24})), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(vae.decode(arena->leaves(), torch::zeros({1, 3, 6, 6})), std::invalid_argument);
  }
};

DARKROOM_TEST(VaeTest);
#include "vae_test.moc"
