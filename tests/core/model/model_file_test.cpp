// SPDX-License-Identifier: Apache-2.0
// Files as other programs write them: no metadata of ours, names and shapes alone.
#include "core/model/model_file.h"

#include <QTemporaryDir>
#include <sstream>

#include "core/base/format.h"
#include "core/checkpoint/key_map.h"
#include "core/checkpoint/torch_archive_writer.h"
#include "core/model/shape_config.h"
#include "tests/core/model/small_model.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

using Tensors = std::vector<NamedTensor>;

std::vector<std::string> names_of(const ParameterLayout& layout) {
  std::vector<std::string> names;
  for (const ParameterSlot& slot : layout.all_slots()) {
    names.push_back(slot.name);
  }
  return names;
}

void add_unet(Tensors& tensors, const ModelParts& parts, const Weights& weights, bool average = false) {
  const ParameterLayout& layout = parts.unet.model->layout();
  const UNetKeyMap map = UNetKeyMap::of_diffusers(names_of(layout));
  for (int i = 0; i < layout.size(); ++i) {
    const std::string name = map.to_compvis(layout.slot(i).name).value();
    tensors.push_back({average ? compvis_ema_name(name) : format("{}{}", compvis_unet_prefix, name), weights[static_cast<size_t>(i)]});
  }
}

void add_vae(Tensors& tensors, const ModelParts& parts, std::string_view prefix) {
  const ParameterLayout& layout = parts.vae.model->layout();
  const VaeKeyMap map = VaeKeyMap::of_diffusers(names_of(layout));
  for (int i = 0; i < layout.size(); ++i) {
    const std::string name = map.to_compvis(layout.slot(i).name).value();
    const torch::Tensor& weight = parts.vae.weights[static_cast<size_t>(i)];
    tensors.push_back({format("{}{}", prefix, name), weight.view(VaeKeyMap::compvis_shape(name, weight.sizes().vec()))});
  }
}

void add_text(Tensors& tensors, const ModelParts& parts, bool oldest = false) {
  const ParameterLayout& layout = parts.text.model->layout();
  for (int i = 0; i < layout.size(); ++i) {
    const std::string name = layout.slot(i).name.substr(oldest ? std::string("text_model.").size() : 0);
    tensors.push_back({format("{}{}", compvis_text_prefix, name), parts.text.weights[static_cast<size_t>(i)]});
  }
  tensors.push_back({"cond_stage_model.transformer.text_model.embeddings.position_ids", torch::arange(77).unsqueeze(0)});
}

Tensors compvis(const ModelParts& parts) {
  Tensors tensors = {{"betas", torch::ones({1000})}, {"model_ema.decay", torch::tensor(0.99F)}};
  add_unet(tensors, parts, parts.unet.weights);
  add_vae(tensors, parts, compvis_vae_prefix);
  add_text(tensors, parts);
  return tensors;
}

TensorShapes golden_shapes(const std::string& name) {
  std::ifstream file(format("{}/tests/core/checkpoint/golden/{}.tsv", DARKROOM_SOURCE_DIR, name));
  TensorShapes shapes;
  for (std::string text; std::getline(file, text);) {
    std::istringstream columns(text);
    std::string theirs, ours, their_shape, our_shape, number;
    std::getline(columns, theirs, '\t');
    std::getline(columns, ours, '\t');
    std::getline(columns, their_shape, '\t');
    std::getline(columns, our_shape, '\t');
    std::istringstream numbers(our_shape);
    while (std::getline(numbers, number, ',')) {
      shapes[ours].push_back(std::stoll(number));
    }
  }
  return shapes;
}

TensorShapes shapes_of(const UNetConfig& config) {
  const std::unique_ptr<UNetModel> unet = make_unet(config);
  TensorShapes shapes;
  for (const ParameterSlot& slot : unet->layout().all_slots()) {
    shapes.emplace(slot.name, slot.shape);
  }
  return shapes;
}

bool same(const Weights& a, const Weights& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const torch::Tensor& x, const torch::Tensor& y) { return at::equal(x, y); });
}

}  // namespace

class ModelFileTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void configsOfStableDiffusion15FollowFromItsShapes() {
    QVERIFY(unet_config_from_shapes(golden_shapes("unet_sd15"), "x") == sd15_unet_config());
    QVERIFY(vae_config_from_shapes(golden_shapes("vae_sd15"), "x") == sd15_vae_config());
    QVERIFY(text_config_from_shapes(golden_shapes("text_sd15"), "x") == sd15_clip_text_config());
  }

  void inpaintingUNetsFollowFromTheirShapes() {
    const UNetConfig config = unet_config_from_shapes(golden_shapes("unet_small"), "x");
    QCOMPARE(config.in_channels, int64_t{9});
    QCOMPARE(config.out_channels, int64_t{4});
    QCOMPARE(config.levels.size(), size_t{3});
    QVERIFY(!config.levels[0].attention_down && config.levels[1].attention_up && !config.levels[2].attention_up);
    QVERIFY(shapes_of(config) == golden_shapes("unet_small"));
  }

  void scratchUNetsFollowFromTheirShapes() {
    for (const UNetConfig& config : {scratch_unet_config(), small_scratch_unet()}) {
      QVERIFY(unet_config_from_shapes(shapes_of(config), "x") == config);
    }
  }

  void aSingleFileIsAModel() {
    const ModelParts parts = small_model();
    write(compvis(parts));
    const ModelPaths paths = resolve_model(file());
    QCOMPARE(paths.weights_used, std::string("model"));
    QVERIFY(paths.scheduler["prediction_type"] == "epsilon");
    const ModelParts read = load_model(paths, {.convolution_memory = ConvolutionMemory::contiguous});
    QVERIFY(read.unet.model->config() == small_unet());
    QVERIFY(read.vae.model->config() == small_vae());
    QVERIFY(read.text.model->config() == small_text());
    QVERIFY(same(read.unet.weights, parts.unet.weights));
    QVERIFY(same(read.vae.weights, parts.vae.weights));
    QVERIFY(same(read.text.weights, parts.text.weights));
    QCOMPARE(part_hash(*paths.vae), weights_hash(parts.vae.model->layout(), parts.vae.weights));
    QCOMPARE(ModelFile(file()).layout(), std::string("CompVis"));
    QCOMPARE(ModelFile(file()).passed_over(), (std::vector<std::string>{"betas", "model_ema.decay"}));
  }

  void movingAveragesOfTrainingFilesAreChosen() {
    const ModelParts parts = small_model();
    const Weights average = fresh(parts.unet.model->layout(), 9);
    Tensors tensors = compvis(parts);
    add_unet(tensors, parts, average, true);
    write(tensors);
    QCOMPARE(resolve_model(file()).weights_used, std::string("ema"));
    QCOMPARE(resolve_model(file(), WeightsChoice::live).weights_used, std::string("live"));
    const LoadOptions plain{.convolution_memory = ConvolutionMemory::contiguous};
    QVERIFY(same(load_unet(*resolve_model(file()).unet, plain).weights, average));
    QVERIFY(same(load_unet(*resolve_model(file(), WeightsChoice::live).unet, plain).weights, parts.unet.weights));
    tensors.pop_back();  // half an average is none
    write(tensors);
    QCOMPARE(resolve_model(file()).weights_used, std::string("model"));
  }

  void markedPredictionsAreFound() {
    Tensors tensors = compvis(small_model());
    tensors.push_back({"v_pred", torch::empty({0})});
    write(tensors);
    QVERIFY(resolve_model(file()).scheduler["prediction_type"] == "v_prediction");
    QVERIFY(!resolve_model(file()).scheduler.contains("rescale_betas_zero_snr"));
    tensors.push_back({"ztsnr", torch::empty({0})});
    write(tensors);
    QVERIFY(resolve_model(file()).scheduler["rescale_betas_zero_snr"] == true);
    QVERIFY(resolve_model(file()).scheduler["timestep_spacing"] == "trailing");
  }

  void oldestTextNamesAreRead() {
    const ModelParts parts = small_model();
    Tensors tensors;
    add_text(tensors, parts, true);
    write(tensors);
    QVERIFY(same(load_text_encoder(file()).weights, parts.text.weights));
  }

  void aVaeAloneServesAsVae() {
    const ModelParts parts = small_model();
    Tensors tensors = {{"loss.logvar", torch::zeros({})}};
    add_vae(tensors, parts, "");
    write(tensors);
    write_model_folder(folder() / "model", parts, torch::kFloat32);
    fs::remove_all(folder() / "model" / "vae");
    const ModelPaths paths = resolve_model(folder() / "model", WeightsChoice::ema, {.vae = file(), .text_encoder = std::nullopt});
    QVERIFY(same(load_vae(paths.require_vae(), {.convolution_memory = ConvolutionMemory::contiguous}).weights, parts.vae.weights));
    const std::string text = error_of([&] { resolve_model(folder() / "model", WeightsChoice::ema, {std::nullopt, file()}); });
    QVERIFY2(text.find("holds no text_encoder") != std::string::npos, text.c_str());
  }

  void diffusersNamesWithoutAFolderAreRead() {
    const ModelParts parts = small_model();
    write_unet(folder() / "unet", *parts.unet.model, parts.unet.weights, torch::kFloat32);
    const fs::path alone = folder() / "unet" / "diffusion_pytorch_model.safetensors";
    QVERIFY(load_unet(alone).model->config() == small_unet());
    QCOMPARE(part_hash(alone), part_hash(folder() / "unet"));
  }

  void sourceRunFilesAreRead_data() {
    QTest::addColumn<QString>("dict");
    QTest::addColumn<QString>("prefix");
    QTest::newRow("now") << "unet_state_dict"
                         << "";
    QTest::newRow("distributed") << "unet_state_dict"
                                 << "module._orig_mod.";
    QTest::newRow("sharded") << "unet_state_dict"
                             << "_fsdp_wrapped_module.module.";
    QTest::newRow("older") << "model_state_dict"
                           << "unet.";
    QTest::newRow("oldest") << "state_dict"
                            << "module.unet._orig_mod.";
  }
  void sourceRunFilesAreRead() {
    QFETCH(QString, dict);
    QFETCH(QString, prefix);
    const ModelParts parts = small_model(small_scratch_unet());
    const ParameterLayout& layout = parts.unet.model->layout();
    const Weights average = fresh(layout, 9);
    std::vector<torch::Tensor> made;
    ArchiveTree tree;
    const auto weights = [&](const Weights& values, const std::string& start) {
      const ArchiveTree::Id entries = tree.dict();
      for (int i = 0; i < layout.size(); ++i) {
        tree.set_item(entries, start + layout.slot(i).name, tree.tensor(torch::kFloat32, layout.slot(i).shape));
        made.push_back(values[static_cast<size_t>(i)]);
      }
      return entries;
    };
    const ArchiveTree::Id root = tree.dict();
    tree.set_root(root);
    tree.set_item(root, "global_step", tree.integer(1500));
    tree.set_item(root, dict.toStdString(), weights(parts.unet.weights, prefix.toStdString()));
    const ArchiveTree::Id optimizer = tree.dict();
    tree.set_item(optimizer, "exp_avg", tree.tensor(torch::kFloat32, {2}));
    made.push_back(torch::ones({2}));
    tree.set_item(root, "optimizer_state_dict", optimizer);
    const ArchiveTree::Id ema = tree.dict();
    tree.set_item(ema, "shadow", weights(average, prefix.toStdString()));
    tree.set_item(root, "ema_state_dict", ema);
    write_torch_archive(folder() / "sd_latest.pt", tree, [&](size_t i) { return made.at(i); });

    const fs::path path = folder() / "sd_latest.pt";
    const LoadOptions plain{.convolution_memory = ConvolutionMemory::contiguous};
    const ModelPaths paths = resolve_model(path);
    QCOMPARE(paths.weights_used, std::string("ema"));
    QVERIFY(!paths.vae && !paths.text_encoder);
    QVERIFY(load_unet(*paths.unet).model->config() == small_scratch_unet());
    QVERIFY(same(load_unet(*paths.unet, plain).weights, average));
    QVERIFY(same(load_unet(*resolve_model(path, WeightsChoice::live).unet, plain).weights, parts.unet.weights));
    const std::string text = error_of([&] { paths.require_vae(); });
    QVERIFY2(text.find("--vae") != std::string::npos, text.c_str());
  }

  void otherKindsAreRefusedByName_data() {
    QTest::addColumn<QByteArray>("tensor");
    QTest::addColumn<QByteArray>("kind");
    const auto row = [](const char* tensor, const char* kind) { QTest::newRow(tensor) << QByteArray(tensor) << QByteArray(kind); };
    row("cond_stage_model.model.transformer.resblocks.0.attn.in_proj_bias", "Stable Diffusion 2.x");
    row("conditioner.embedders.0.transformer.text_model.final_layer_norm.bias", "Stable Diffusion XL");
    row("lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight", "a LoRA");
    row("unet.down_blocks.0.attentions.0.proj_in.lora_A.weight", "a LoRA");
    row("control_model.input_hint_block.0.weight", "a ControlNet");
    row("emb_params", "a textual-inversion embedding");
    row("model.diffusion_model.joint_blocks.0.context_block.attn.qkv.weight", "Stable Diffusion 3");
    row("double_blocks.0.img_attn.qkv.weight", "Flux");
    row("layer.0.weight", "holds no part of Stable Diffusion 1.x");
  }
  void otherKindsAreRefusedByName() {
    QFETCH(QByteArray, tensor);
    QFETCH(QByteArray, kind);
    write({{tensor.toStdString(), torch::zeros({2})}});
    const std::string text = error_of([&] { resolve_model(file()); });
    QVERIFY2(text.find("x.safetensors") != std::string::npos && text.find(kind.constData()) != std::string::npos, text.c_str());
    QVERIFY2(text.find(tensor.constData()) != std::string::npos, text.c_str());
  }

  void otherWidthsOfTextAreRefusedByName() {
    TensorShapes shapes = golden_shapes("unet_sd15");
    for (auto& [name, shape] : shapes) {
      if (name.find("attn2.to_k") != std::string::npos) {
        shape[1] = 1024;
      }
    }
    const std::string text = error_of([&] { unet_config_from_shapes(shapes, "some.safetensors"); });
    QVERIFY2(text.find("some.safetensors: is Stable Diffusion 2.x (its cross-attention is 1024 wide)") != std::string::npos, text.c_str());
  }

  void everythingWrongIsListedAtOnce() {
    const ModelParts parts = small_model();
    Tensors tensors = compvis(parts);
    const auto erase = [&](const std::string& name) {
      std::erase_if(tensors, [&](const NamedTensor& tensor) { return tensor.name == name; });
    };
    erase("model.diffusion_model.time_embed.2.bias");
    erase("model.diffusion_model.out.0.weight");
    tensors.push_back({"model.diffusion_model.out.0.weight", torch::zeros({7})});
    tensors.push_back({"model.diffusion_model.something.weight", torch::zeros({7})});
    write(tensors);
    const std::string text = error_of([&] { load_unet(*resolve_model(file()).unet); });
    for (const char* part : {"missing (1):\n  time_embedding.linear_2.bias", "not known (1):\n  model.diffusion_model.something.weight",
                             "model.diffusion_model.out.0.weight is [7], expected [32]"}) {
      QVERIFY2(text.find(part) != std::string::npos, text.c_str());
    }
  }

  void widthsThatShapesDoNotExplainAreRefused() {
    UNetConfig config = small_unet();
    config.norm_num_groups = 4;
    config.levels[0].channels = 40;
    const ModelParts parts = small_model(config);
    Tensors tensors;
    add_unet(tensors, parts, parts.unet.weights);
    write(tensors);
    const std::string text = error_of([&] { load_unet(file()); });
    QVERIFY2(text.find("32 norm groups") != std::string::npos && text.find("40 channels") != std::string::npos, text.c_str());
  }

  void truncatedFilesAreRefused() {
    write(compvis(small_model()));
    fs::resize_file(file(), fs::file_size(file()) - 1);
    const std::string text = error_of([&] { resolve_model(file()); });
    QVERIFY2(text.find("it was cut off") != std::string::npos, text.c_str());
  }

 private:
  fs::path folder() const { return folder_->path().toStdString(); }
  fs::path file() const { return folder() / "x.safetensors"; }
  void write(const Tensors& tensors) const { write_safetensors(file(), tensors); }
  std::unique_ptr<QTemporaryDir> folder_;
};

DARKROOM_TEST(ModelFileTest);
#include "model_file_test.moc"
