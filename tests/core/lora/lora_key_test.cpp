// SPDX-License-Identifier: Apache-2.0
#include "core/lora/lora_key.h"

#include "core/checkpoint/key_map.h"
#include "core/lora/lora_layers.h"
#include "tests/core/lora/lora_fixture.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

std::string kohya_name(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

UNetConfig inpainting_config() {
  UNetConfig config = sd15_unet_config();
  config.in_channels = 9;
  return config;
}

}  // namespace

class LoraKeyTest : public QObject {
  Q_OBJECT

 private slots:
  void readsEverySpelling_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<bool>("unet");
    QTest::addColumn<QByteArray>("layer");
    QTest::addColumn<int>("role");
    const auto row = [](const char* name, LoraPart part, const char* layer, LoraRole role) {
      QTest::newRow(name) << QByteArray(name) << (part == LoraPart::unet) << QByteArray(layer) << static_cast<int>(role);
    };
    const LoraPart unet = LoraPart::unet;
    const LoraPart text = LoraPart::text_encoder;
    const char* kohya = "down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
    row("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_up.weight", unet, kohya, LoraRole::up);
    row("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_down.weight", unet, kohya, LoraRole::down);
    row("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.alpha", unet, kohya, LoraRole::alpha);
    row("lora_unet_input_blocks_1_1_proj_in.lora_mid.weight", unet, "input_blocks_1_1_proj_in", LoraRole::mid);
    row("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", text, "text_model_encoder_layers_0_mlp_fc1", LoraRole::down);
    row("lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", text, "text_model_encoder_layers_0_mlp_fc1", LoraRole::up);
    row("unet.mid_block.attentions.0.proj_in.lora_A.weight", unet, "mid_block.attentions.0.proj_in", LoraRole::down);
    row("unet.mid_block.attentions.0.proj_in.lora.up.weight", unet, "mid_block.attentions.0.proj_in", LoraRole::up);
    row("unet.mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_out_lora.down.weight", unet,
        "mid_block.attentions.0.transformer_blocks.0.attn1.to_out", LoraRole::down);
    row("mid_block.attentions.0.transformer_blocks.0.attn2.processor.to_q_lora.up.weight", unet,
        "mid_block.attentions.0.transformer_blocks.0.attn2.to_q", LoraRole::up);
    row("text_encoder.text_model.encoder.layers.1.self_attn.q_proj.lora_linear_layer.up.weight", text,
        "text_model.encoder.layers.1.self_attn.q_proj", LoraRole::up);
    row("text_encoder.text_model.encoder.layers.1.self_attn.q_proj.lora_B.weight", text, "text_model.encoder.layers.1.self_attn.q_proj",
        LoraRole::up);
    row("base_model.model.down_blocks.0.resnets.0.conv1.lora_A.weight", unet, "down_blocks.0.resnets.0.conv1", LoraRole::down);
    row("base_model.model.text_model.encoder.layers.1.mlp.fc2.lora_A.weight", text, "text_model.encoder.layers.1.mlp.fc2", LoraRole::down);
    row("diffusion_model.input_blocks.1.1.proj_in.lora_up.weight", unet, "input_blocks.1.1.proj_in", LoraRole::up);
    row("lora_unet_mid_block_attentions_0_proj_in.hada_w1_a", unet, "mid_block_attentions_0_proj_in", LoraRole::hada_w1_a);
    row("lora_unet_mid_block_attentions_0_proj_in.hada_t2", unet, "mid_block_attentions_0_proj_in", LoraRole::hada_t2);
    row("lora_te_text_model_encoder_layers_0_mlp_fc1.lokr_w1", text, "text_model_encoder_layers_0_mlp_fc1", LoraRole::lokr_w1);
    row("lycoris_mid_block_attentions_0_proj_in.lokr_w2_b", unet, "mid_block_attentions_0_proj_in", LoraRole::lokr_w2_b);
    row("lora_unet_mid_block_attentions_0_proj_in.dora_scale", unet, "mid_block_attentions_0_proj_in", LoraRole::dora_scale);
    row("lora_unet_mid_block_attentions_0_proj_in.diff", unet, "mid_block_attentions_0_proj_in", LoraRole::diff);
    row("lora_unet_mid_block_attentions_0_proj_in.diff_b", unet, "mid_block_attentions_0_proj_in", LoraRole::diff_b);
    row("lora_unet_mid_block_resnets_0_norm1.w_norm", unet, "mid_block_resnets_0_norm1", LoraRole::diff);
    row("lora_unet_mid_block_resnets_0_norm1.b_norm", unet, "mid_block_resnets_0_norm1", LoraRole::diff_b);
  }
  void readsEverySpelling() {
    QFETCH(QByteArray, name);
    QFETCH(bool, unet);
    QFETCH(QByteArray, layer);
    QFETCH(int, role);
    const std::optional<LoraKey> key = parse_lora_key(name.toStdString());
    QVERIFY(key);
    QCOMPARE(key->part == LoraPart::unet, unet);
    QCOMPARE(QByteArray::fromStdString(key->layer), layer);
    QCOMPARE(static_cast<int>(key->role), role);
    QCOMPARE(key->bare_peft, name.startsWith("base_model.model."));
    QVERIFY(!unsupported_adapter(name.toStdString()));
  }

  void passesOverOtherTensors() {
    for (const char* name : {"conv_in.weight", "bundle_emb.style.string_to_param.*", "lora_unet_conv_in.weight", "lora_down.weight",
                             "lora_unet_.lora_down.weight", "", "unet..alpha"}) {
      QVERIFY2(!parse_lora_key(name), name);
    }
  }

  void namesWhatCannotBeMerged_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("kind");
    const auto row = [](const char* name, const char* kind) { QTest::newRow(name) << QByteArray(name) << QByteArray(kind); };
    row("unet.mid_block.attentions.0.proj_in.lora_magnitude_vector", "DoRA");
    row("lora_unet_mid_block_attentions_0_proj_in.lokr_t1", "LoKr");
    row("lora_unet_mid_block_attentions_0_proj_in.scalar", "first versions");
    row("lora_unet_mid_block_attentions_0_proj_in.on_input", "(IA)³");
    row("lora_unet_mid_block_attentions_0_proj_in.oft_blocks", "OFT");
    row("lora_unet_mid_block_attentions_0_proj_in.a1.weight", "GLoRA");
    row("lora_unet_mid_block_attentions_0_proj_in.set_weight", "whole weights");
    row("lora_unet_mid_block_attentions_0_proj_in.bias_values", "biases");
    row("unet.mid_block.attentions.0.proj_in.lora_B.bias", "biases");
    row("lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", "SDXL");
    row("text_encoder_2.text_model.encoder.layers.0.mlp.fc1.lora_A.weight", "SDXL");
    row("transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight", "diffusion transformer");
  }
  void namesWhatCannotBeMerged() {
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, kind);
    const std::optional<std::string_view> reason = unsupported_adapter(name.toStdString());
    QVERIFY(reason && reason->find(kind.toStdString()) != std::string_view::npos);
  }

  void everyLayerOfSd15IsFoundByAllItsNames_data() {
    QTest::addColumn<bool>("inpainting");
    QTest::newRow("sd15") << false;
    QTest::newRow("inpainting") << true;
  }
  void everyLayerOfSd15IsFoundByAllItsNames() {
    QFETCH(bool, inpainting);
    const std::unique_ptr<UNetModel> unet = make_unet(inpainting ? inpainting_config() : sd15_unet_config());
    const ParameterLayout& layout = unet->layout();
    const LoraLayers layers(layout);
    std::vector<std::string> names;
    for (const ParameterSlot& slot : layout.all_slots()) {
      names.push_back(slot.name);
    }
    const UNetKeyMap compvis = UNetKeyMap::of_diffusers(names);
    int found = 0;
    for (int i = 0; i < layout.size(); ++i) {
      const ParameterSlot& slot = layout.slot(i);
      const LoraField field = slot.name.ends_with(".bias") ? LoraField::bias : LoraField::weight;
      const auto layer_of = [](const std::string& name) { return name.substr(0, name.rfind('.')); };
      const std::string own = layer_of(slot.name);
      const std::string other = layer_of(compvis.to_compvis(slot.name).value());
      for (const std::string& name : {own, kohya_name(own), other, kohya_name(other)}) {
        QVERIFY2(layers.slot_of(name, field) == i, name.c_str());
      }
      ++found;
    }
    QCOMPARE(found, 686);  // all tensors (diffusers: UNet2DConditionModel of SD 1.5)
    QCOMPARE(layers.slot_of("output_blocks_2_1_conv"), layers.slot_of("up_blocks.0.upsamplers.0.conv"));
    QCOMPARE(layers.slot_of("output_blocks_5_2_conv"), layers.slot_of("up_blocks.1.upsamplers.0.conv"));
    QVERIFY(!layers.slot_of("down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q", LoraField::bias));
    QVERIFY(!layers.slot_of("input_blocks_4_1_transformer_blocks_1_attn1_to_q"));
  }

  void textProjectionsHaveTheirOldNames() {
    const std::unique_ptr<ClipText> text = golden_text();
    const LoraLayers layers(text->layout());
    const std::string attention = "text_model.encoder.layers.1.self_attn.";
    for (const auto& [own, old] :
         {std::pair("q_proj", "to_q"), std::pair("k_proj", "to_k"), std::pair("v_proj", "to_v"), std::pair("out_proj", "to_out")}) {
      QCOMPARE(layers.slot_of(attention + old), std::optional(text->layout().index_of(attention + own + ".weight")));
    }
  }
};

DARKROOM_TEST(LoraKeyTest);
#include "lora_key_test.moc"
