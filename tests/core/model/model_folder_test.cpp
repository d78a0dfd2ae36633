// SPDX-License-Identifier: Apache-2.0
#include "core/model/model_folder.h"

#include <QTemporaryDir>

#include "core/checkpoint/weights_io.h"
#include "tests/core/model/small_model.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

class ModelFolderTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void aWrittenModelReadsBackEqual() {
    ModelParts written = small_model();
    written.paths.scheduler = training_scheduler_config("v_prediction");
    write_model_folder(at("model"), written, torch::kFloat32);
    QVERIFY(!fs::exists(at("model.tmp")));
    const ModelPaths paths = resolve_model(at("model"));
    QCOMPARE(paths.weights_used, std::string("model"));
    QVERIFY(paths.scheduler == training_scheduler_config("v_prediction"));
    const ModelParts read = load_model(paths);
    QVERIFY(read.unet.model->config() == small_unet());
    QVERIFY(read.vae.model->config() == small_vae());
    QVERIFY(read.text.model->config() == small_text());
    QCOMPARE(weights_hash(read.unet.model->layout(), read.unet.weights), weights_hash(written.unet.model->layout(), written.unet.weights));
    QCOMPARE(part_hash(*paths.vae), weights_hash(written.vae.model->layout(), written.vae.weights));
    const int conv_in = read.unet.model->layout().index_of("conv_in.weight");
    QVERIFY(read.unet.weights[static_cast<size_t>(conv_in)].is_contiguous(at::MemoryFormat::ChannelsLast));
    QVERIFY(read_json_file(at("model") / "model_index.json")["_class_name"] == "StableDiffusionPipeline");
  }

  void halfPrecisionFilesHoldHalfPrecision() {
    write_model_folder(at("model"), small_model(), torch::kHalf);
    const WeightFiles files(at("model") / "unet");
    for (const TensorInfo& info : files.tensors()) {
      QVERIFY(info.dtype == torch::kHalf);
    }
    const ModelParts read = load_model(resolve_model(at("model")), {.dtype = torch::kBFloat16}, torch::kFloat32);
    QVERIFY(read.unet.weights[0].scalar_type() == torch::kBFloat16);
    QVERIFY(read.vae.weights[0].scalar_type() == torch::kFloat32);
  }

  void neverReplacesAnExistingFolder() {
    write_model_folder(at("model"), small_model(), torch::kFloat32);
    const std::string hash = part_hash(at("model") / "unet");
    const std::string text = error_of([&] { write_model_folder(at("model"), small_model(), torch::kHalf); });
    QVERIFY2(text.find("exists already") != std::string::npos, text.c_str());
    QCOMPARE(part_hash(at("model") / "unet"), hash);
  }

  void oldVaeNamesAreRead() {
    const Vae vae(small_vae());
    const Weights weights = fresh(vae.layout(), 4);
    std::vector<NamedTensor> tensors;
    for (int i = 0; i < vae.layout().size(); ++i) {
      std::string name = vae.layout().slot(i).name;
      for (const auto& [now, then] : std::vector<std::pair<std::string, std::string>>{
               {".to_q.", ".query."}, {".to_k.", ".key."}, {".to_v.", ".value."}, {".to_out.0.", ".proj_attn."}}) {
        if (const size_t found = name.find(now); found != std::string::npos) {
          name.replace(found, now.size(), then);
        }
      }
      tensors.push_back({name, weights[static_cast<size_t>(i)]});
    }
    fs::create_directories(at("vae"));
    write_safetensors(at("vae") / "diffusion_pytorch_model.safetensors", tensors);
    write_text(at("vae") / "config.json", to_json(small_vae()).dump());
    const LoadedVae read = load_vae(at("vae"));
    QCOMPARE(weights_hash(vae.layout(), read.weights), weights_hash(vae.layout(), weights));
  }

  void aWholeClipModelServesAsTextEncoder() {
    const ClipText text(small_text());
    const Weights weights = fresh(text.layout(), 5);
    std::vector<NamedTensor> tensors = {{"vision_model.embeddings.class_embedding", torch::ones({3})},
                                        {"logit_scale", torch::tensor(1.0F)},
                                        {"text_model.embeddings.position_ids", torch::arange(77).view({1, 77})}};
    for (int i = 0; i < text.layout().size(); ++i) {
      tensors.push_back({text.layout().slot(i).name, weights[static_cast<size_t>(i)]});
    }
    fs::create_directories(at("clip"));
    write_safetensors(at("clip") / "model.safetensors", tensors);
    write_text(at("clip") / "config.json", Json({{"model_type", "clip"}, {"text_config", to_json(small_text())}}).dump());
    QCOMPARE(weights_hash(text.layout(), load_text_encoder(at("clip")).weights), weights_hash(text.layout(), weights));
    QVERIFY(resolve_model(at("clip")).text_encoder->path == at("clip"));
  }

  void aCheckpointIsAModelWithItsRunsVaeAndTextEncoder() {
    const ModelParts parts = small_model();
    write_model_folder(at("base"), parts, torch::kFloat32);
    const fs::path checkpoint = at("run") / "checkpoints" / "step_0000010";
    write_unet(checkpoint / "unet", *parts.unet.model, parts.unet.weights, torch::kFloat32);
    write_unet(checkpoint / "unet_ema", *parts.unet.model, fresh(parts.unet.model->layout(), 9), torch::kFloat32);
    write_text(checkpoint / "meta.json", R"({"step": 10, "phase": 1})");
    write_text(at("run") / "plan.json",
               R"({"model": {"vae": "../base", "text_encoder": "../base/text_encoder", "text_attention_mask": true},
                                            "phases": [{"name": "a"}, {"name": "b", "prediction": "v_prediction"}]})");
    const ModelPaths ema = resolve_model(checkpoint);
    QCOMPARE(ema.weights_used, std::string("ema"));
    QVERIFY(ema.unet->path == checkpoint / "unet_ema");
    QVERIFY(ema.scheduler["prediction_type"] == "v_prediction");
    QVERIFY(ema.text_attention_mask == true);
    QCOMPARE(load_model(ema).vae.model->scaling_factor(), 0.18215);
    const ModelPaths live = resolve_model(checkpoint, WeightsChoice::live);
    QCOMPARE(live.weights_used, std::string("live"));
    QVERIFY(part_hash(*live.unet) != part_hash(*ema.unet));
    fs::remove_all(checkpoint / "unet_ema");
    QCOMPARE(resolve_model(checkpoint).weights_used, std::string("live"));
  }

  void partsMayComeFromElsewhere() {
    const ModelParts parts = small_model();
    write_model_folder(at("a"), parts, torch::kFloat32);
    write_model_folder(at("b"), parts, torch::kFloat32);
    fs::remove_all(at("a") / "vae");
    const std::string text = error_of([&] { load_model(resolve_model(at("a"))); });
    QVERIFY2(text.find("has no vae; give one with --vae") != std::string::npos, text.c_str());
    for (const fs::path& vae : {at("b"), at("b") / "vae"}) {
      QVERIFY(resolve_model(at("a"), WeightsChoice::ema, {.vae = vae, .text_encoder = std::nullopt}).vae->path == at("b") / "vae");
    }
    QVERIFY_EXCEPTION_THROWN(resolve_model(at("a"), WeightsChoice::ema, {.vae = at("b") / "unet", .text_encoder = std::nullopt}), Error);
  }

  void liveWeightsBesideTheAverageAreFound() {
    const ModelParts parts = small_model();
    write_model_folder(at("model"), parts, torch::kFloat32);
    const Weights live = fresh(parts.unet.model->layout(), 8);
    write_weights(parts.unet.model->layout(), live, at("model") / "unet" / "diffusion_pytorch_model.non_ema.safetensors", torch::kFloat32);
    const ModelPaths paths = resolve_model(at("model"), WeightsChoice::live);
    QCOMPARE(paths.weights_used, std::string("live"));
    QCOMPARE(part_hash(*paths.unet), weights_hash(parts.unet.model->layout(), live));
    QVERIFY(at::equal(load_unet(*paths.unet, {.convolution_memory = ConvolutionMemory::contiguous}).weights[0], live[0]));
    QCOMPARE(resolve_model(at("model")).weights_used, std::string("ema"));
    QCOMPARE(part_hash(*resolve_model(at("model")).unet), weights_hash(parts.unet.model->layout(), parts.unet.weights));
  }

  void errorsNameTheFile() {
    QVERIFY(error_of([&] { resolve_model(at("nothing")); }).find("there is no such model folder or file") != std::string::npos);
    fs::create_directories(at("empty"));
    QVERIFY(error_of([&] { resolve_model(at("empty")); }).find("is no model") != std::string::npos);
    write_text(at("broken") / "unet" / "config.json", "{\"block_out_channels\": ");
    QVERIFY(error_of([&] { load_unet(at("broken") / "unet"); }).find("config.json") != std::string::npos);
    write_text(at("noweights") / "unet" / "config.json", to_json(small_unet()).dump());
    QVERIFY(error_of([&] { load_unet(at("noweights") / "unet"); }).find("holds no weights") != std::string::npos);
    QVERIFY(error_of([&] { init_model("sd3", 0, at("x")); }).find("expected sd15, scratch or pocket") != std::string::npos);
  }

 private:
  fs::path at(const char* name) const { return fs::path(folder_->path().toStdString()) / name; }
  std::unique_ptr<QTemporaryDir> folder_;
};

DARKROOM_TEST(ModelFolderTest);
#include "model_folder_test.moc"
