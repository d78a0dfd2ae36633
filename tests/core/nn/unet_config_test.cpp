// SPDX-License-Identifier: Apache-2.0
#include "core/nn/unet_config.h"

#include "core/nn/unet.h"
#include "tests/core/nn/golden_model.h"

using namespace darkroom;
using namespace darkroom::test;

class UNetConfigTest : public QObject {
  Q_OBJECT

 private slots:
  void everyConfigSurvivesTheRoundTrip() {
    std::vector<UNetConfig> configs = {sd15_unet_config(), scratch_unet_config()};
    for (const char* name : {"unet_three_levels", "unet_linear_sharded", "unet_scratch"}) {
      configs.push_back(unet_config_from_json(golden_config(name), name));
    }
    for (const UNetConfig& config : configs) {
      QVERIFY(unet_config_from_json(to_json(config), "again") == config);
    }
  }

  // The config.json of the first Stable Diffusion 1.x releases, before most options existed.
  void oldShortConfigsGiveStableDiffusion() {
    const Json json = parse_json(R"({"_class_name": "UNet2DConditionModel", "_diffusers_version": "0.6.0", "act_fn": "silu",
      "attention_head_dim": 8, "block_out_channels": [320, 640, 1280, 1280], "center_input_sample": false, "cross_attention_dim": 768,
      "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"], "downsample_padding": 1,
      "flip_sin_to_cos": true, "freq_shift": 0, "in_channels": 4, "layers_per_block": 2, "mid_block_scale_factor": 1, "norm_eps": 1e-05,
      "norm_num_groups": 32, "out_channels": 4, "sample_size": 64,
      "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]})",
                                 "sd15");
    QVERIFY(unet_config_from_json(json, "sd15") == sd15_unet_config());
  }

  void attentionHeadDimIsTheNumberOfHeads() {
    const UNetConfig config = unet_config_from_json(golden_config("unet_three_levels"), "golden");
    QCOMPARE(config.levels[2].heads, int64_t{8});
    QCOMPARE(config.levels[1].layers, int64_t{2});
  }

  void namesTheKeyThatItCannotBuild_data() {
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("value");
    for (const auto& [key, value] :
         std::vector<std::pair<const char*, const char*>>{{"class_embed_type", "\"timestep\""},
                                                          {"addition_embed_type", "\"text_time\""},
                                                          {"encoder_hid_dim", "1024"},
                                                          {"resnet_time_scale_shift", "\"scale_shift\""},
                                                          {"mid_block_type", "\"UNetMidBlock2D\""},
                                                          {"num_attention_heads", "8"},
                                                          {"only_cross_attention", "true"},
                                                          {"time_cond_proj_dim", "256"},
                                                          {"act_fn", "\"gelu\""},
                                                          {"down_block_types", "[\"AttnDownBlock2D\",\"X\",\"Y\"]"},
                                                          {"up_block_types", "[\"UpBlock2D\"]"},
                                                          {"block_out_channels", "320"},
                                                          {"block_out_channels", "[]"},
                                                          {"attention_head_dim", "3"},
                                                          {"attention_head_dim", "[2,4]"},
                                                          {"cross_attention_dim", "[20,20,40]"},
                                                          {"norm_num_groups", "7"},
                                                          {"layers_per_block", "0"},
                                                          {"in_channels", "-4"},
                                                          {"in_channels", "4.5"},
                                                          {"conv_in_kernel", "4"},
                                                          {"_class_name", "\"FluxTransformer2DModel\""},
                                                          {"no_such_option", "1"}}) {
      QTest::addRow("%s %s", key, value) << QByteArray(key) << QByteArray(value);
    }
  }
  void namesTheKeyThatItCannotBuild() {
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, value);
    Json json = golden_config("unet_three_levels");
    json[key.toStdString()] = parse_json(value.toStdString(), "test");
    try {
      unet_config_from_json(json, "unet/config.json");
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY(error.code() == ErrorCode::bad_input);
      const std::string start = format("unet/config.json: \"{}\" is ", key.toStdString());
      QVERIFY2(std::string(error.what()).starts_with(start), error.what());
    }
  }

  void rejectsWhatIsNoObject() {
    QVERIFY_EXCEPTION_THROWN(unet_config_from_json(Json::array(), "x"), Error);
    QVERIFY_EXCEPTION_THROWN(make_unet(UNetConfig{}), std::invalid_argument);
  }
};

DARKROOM_TEST(UNetConfigTest);
#include "unet_config_test.moc"
