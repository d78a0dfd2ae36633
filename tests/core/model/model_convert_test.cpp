// SPDX-License-Identifier: Apache-2.0
#include "core/model/model_convert.h"

#include <QTemporaryDir>
#include <set>

#include "core/base/atomic_file.h"
#include "core/checkpoint/key_map.h"
#include "core/checkpoint/torch_archive.h"
#include "core/model/model_file.h"
#include "tests/core/model/small_model.h"
#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

ConvertSummary convert(const fs::path& from, const fs::path& to, ConvertOptions options = {}) {
  options.to = model_form_of_path(to);
  return convert_model(from, to, options, [](const Progress&) {}, {});
}

std::vector<std::string> hashes(const fs::path& path, WeightsChoice choice = WeightsChoice::ema) {
  const ModelPaths paths = resolve_model(path, choice);
  std::vector<std::string> all;
  for (const Part part : all_parts) {
    all.push_back(paths.source(part) ? part_hash(*paths.source(part)) : "");
  }
  return all;
}

}  // namespace

class ModelConvertTest : public QObject {
  Q_OBJECT

 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    model_ = small_model();
    model_.paths.scheduler = training_scheduler_config("v_prediction");
    write_model_folder(at("model"), model_, torch::kFloat32);
  }

  void roundTripsKeepEveryBitAndConfiguration() {
    const ConvertSummary summary = convert(at("model"), at("one.safetensors"));
    QCOMPARE(summary.parts.size(), size_t{3});
    QVERIFY(summary.notes.empty());
    convert(at("one.safetensors"), at("back"));
    QVERIFY(hashes(at("model")) == hashes(at("one.safetensors")));
    QVERIFY(hashes(at("model")) == hashes(at("back")));
    for (const char* file : {"unet/config.json", "vae/config.json", "text_encoder/config.json", "scheduler/scheduler_config.json",
                             "model_index.json", "vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors"}) {
      QVERIFY2(read_file(at("model") / file) == read_file(at("back") / file), file);
    }
  }

  void configurationsThatShapesDoNotShowSurvive() {
    UNetConfig config = small_unet();
    config.norm_num_groups = 4;
    config.levels[0].heads = config.levels[1].heads = config.levels[2].heads = 4;
    config.sample_size = 24;
    write_model_folder(at("odd"), small_model(config), torch::kFloat32);
    convert(at("odd"), at("odd.safetensors"));
    QVERIFY(read_unet_config(at("odd.safetensors")) == config);
  }

  void aSingleFileHasExactlyTheNamesOfCompVis() {
    convert(at("model"), at("one.safetensors"));
    const WeightFiles file(at("one.safetensors"));
    std::set<std::string> expected = {"v_pred", "cond_stage_model.transformer.text_model.embeddings.position_ids"};
    std::vector<std::string> unet_names, vae_names;
    for (const ParameterSlot& slot : model_.unet.model->layout().all_slots()) {
      unet_names.push_back(slot.name);
    }
    for (const ParameterSlot& slot : model_.vae.model->layout().all_slots()) {
      vae_names.push_back(slot.name);
    }
    for (const std::string& name : unet_names) {
      expected.insert("model.diffusion_model." + UNetKeyMap::of_diffusers(unet_names).to_compvis(name).value());
    }
    for (const std::string& name : vae_names) {
      expected.insert("first_stage_model." + VaeKeyMap::of_diffusers(vae_names).to_compvis(name).value());
    }
    for (const ParameterSlot& slot : model_.text.model->layout().all_slots()) {
      expected.insert("cond_stage_model.transformer." + slot.name);
    }
    std::set<std::string> found;
    for (const TensorInfo& info : file.tensors()) {
      found.insert(info.name);
    }
    QVERIFY(found == expected);
    const TensorInfo& ids = file.info("cond_stage_model.transformer.text_model.embeddings.position_ids");
    QVERIFY(ids.dtype == torch::kInt64 && ids.shape == (std::vector<int64_t>{1, 77}));
    QCOMPARE(file.info("first_stage_model.encoder.mid.attn_1.q.weight").shape, (std::vector<int64_t>{64, 64, 1, 1}));
    QCOMPARE(SafetensorsFile(at("one.safetensors")).tensors().front().name, ids.name);  // the widest first
  }

  void precisionIsConvertedWhenAskedFor() {
    convert(at("model"), at("half.safetensors"), {.dtype = torch::kHalf});
    convert(at("half.safetensors"), at("kept"));
    convert(at("half.safetensors"), at("wide"), {.dtype = torch::kFloat32});
    const LoadOptions plain{.convolution_memory = ConvolutionMemory::contiguous};
    QVERIFY(WeightFiles(at("kept") / "unet").tensors().front().dtype == torch::kHalf);
    QVERIFY(read_json_file(at("kept") / "text_encoder" / "config.json")["torch_dtype"] == "float16");
    QVERIFY(at::equal(load_unet(at("wide") / "unet", plain).weights[0], model_.unet.weights[0].to(torch::kHalf).to(torch::kFloat32)));
  }

  void sourceRunFilesHoldBothSets() {
    const ModelParts scratch = small_model(small_scratch_unet());
    const ParameterLayout& layout = scratch.unet.model->layout();
    const Weights average = fresh(layout, 9);
    const fs::path checkpoint = at("run") / "checkpoints" / "step_0000010";
    write_unet(checkpoint / "unet", *scratch.unet.model, scratch.unet.weights, torch::kFloat32);
    write_unet(checkpoint / "unet_ema", *scratch.unet.model, average, torch::kFloat32);
    write_text(checkpoint / "meta.json", R"({"step": 10, "epoch": 3, "phase": 0})");
    const ConvertSummary summary = convert(checkpoint, at("sd_latest.pt"));
    QCOMPARE(summary.weights_used, std::string("live and ema"));
    QCOMPARE(hashes(at("sd_latest.pt"))[0], weights_hash(layout, average));
    QCOMPARE(hashes(at("sd_latest.pt"), WeightsChoice::live)[0], weights_hash(layout, scratch.unet.weights));
    const TorchArchive archive(at("sd_latest.pt"));
    QCOMPARE(archive.integer({"global_step"}), std::optional<int64_t>(10));
    QCOMPARE(archive.integer({"epoch"}), std::optional<int64_t>(3));
    QVERIFY(archive.contains("unet_state_dict.downs.0.conv1.weight"));
    QVERIFY(archive.contains("ema_state_dict.shadow.downs.0.conv1.weight"));
    // And again, with all that the file says.
    convert(at("sd_latest.pt"), at("again.pt"));
    QCOMPARE(TorchArchive(at("again.pt")).integer({"global_step"}), std::optional<int64_t>(10));
    QVERIFY(hashes(at("again.pt")) == hashes(at("sd_latest.pt")));
    convert(at("sd_latest.pt"), at("folder"), {.weights = WeightsChoice::live});
    QCOMPARE(hashes(at("folder"))[0], weights_hash(layout, scratch.unet.weights));
    QVERIFY(!fs::exists(at("folder") / "model_index.json"));  // a UNet alone is no pipeline
  }

  void oneSetBecomesTheLiveWeights() {
    const ConvertSummary summary = convert(at("model"), at("x.pt"));
    QCOMPARE(summary.parts.size(), size_t{1});
    QCOMPARE(summary.notes.size(), size_t{2});  // VAE and text encoder have no place there
    QVERIFY(!TorchArchive(at("x.pt")).root().find("ema_state_dict"));
    QCOMPARE(hashes(at("x.pt"))[0], hashes(at("model"))[0]);
  }

  void missingPartsMayComeFromElsewhere() {
    convert(at("model"), at("x.pt"));
    const std::string text = error_of([&] { convert(at("x.pt"), at("x.safetensors")); });
    QVERIFY2(text.find("has no vae") != std::string::npos, text.c_str());
    convert(at("x.pt"), at("x.safetensors"), {.parts = {at("model"), at("model")}});
    QVERIFY(hashes(at("x.safetensors")) == hashes(at("model")));
  }

  void scratchHasNoSingleFile() {
    write_model_folder(at("scratch"), small_model(small_scratch_unet()), torch::kFloat32);
    const std::string text = error_of([&] { convert(at("scratch"), at("x.safetensors")); });
    QVERIFY2(text.find("layout \"scratch\"") != std::string::npos, text.c_str());
    QVERIFY(!fs::exists(at("x.safetensors")));
  }

  void nothingIsReplacedUnlessAskedFor() {
    write_text(at("x.safetensors"), "mine");
    QVERIFY(!error_of([&] { convert(at("model"), at("x.safetensors")); }).empty());
    QCOMPARE(read_file(at("x.safetensors")), std::string("mine"));
    convert(at("model"), at("x.safetensors"), {.existing = Existing::replace});
    QVERIFY(hashes(at("x.safetensors")) == hashes(at("model")));
    write_text(at("work") / "thesis.txt", "mine");
    const std::string text = error_of([&] { convert(at("x.safetensors"), at("work"), {.existing = Existing::replace}); });
    QVERIFY2(text.find("not replaced") != std::string::npos, text.c_str());
    QVERIFY(fs::exists(at("work") / "thesis.txt"));
    convert(at("x.safetensors"), at("model"), {.dtype = torch::kHalf, .existing = Existing::replace});
    QVERIFY(WeightFiles(at("model") / "unet").tensors().front().dtype == torch::kHalf);
    QVERIFY(!fs::exists(at("model.replaced")) && !fs::exists(at("model.tmp")));
  }

  void namesThatMisleadOtherProgramsAreRefused() {
    ConvertOptions options;
    options.to = ModelForm::single_file;
    QVERIFY(!error_of([&] { convert_model(at("model"), at("x.ckpt"), options, {}, {}); }).empty());
  }

  void brokenNumbersAreRefusedAndLeaveNothing() {
    model_.unet.weights[3].view({-1})[0] = std::numeric_limits<float>::infinity();
    write_unet(at("model") / "unet", *model_.unet.model, model_.unet.weights, torch::kFloat32);
    for (const char* out : {"x.safetensors", "x.pt", "x"}) {
      const std::string text = error_of([&] { convert(at("model"), at(out)); });
      QVERIFY2(text.find("NaN or infinite") != std::string::npos, text.c_str());
      QVERIFY(!fs::exists(at(out)) && !fs::exists(at(out).string() + ".tmp"));
    }
  }

  void aCancelLeavesNothing() {
    CancelToken cancel;
    cancel.cancel();
    ConvertOptions options;
    options.to = ModelForm::single_file;
    QVERIFY_EXCEPTION_THROWN(convert_model(
                                 at("model"), at("x.safetensors"), options, [](const Progress&) {}, cancel),
                             Error);
    QVERIFY(!fs::exists(at("x.safetensors")) && !fs::exists(at("x.safetensors.tmp")));
  }

 private:
  fs::path at(const std::string& name) const { return fs::path(folder_->path().toStdString()) / name; }
  std::unique_ptr<QTemporaryDir> folder_;
  ModelParts model_;
};

DARKROOM_TEST(ModelConvertTest);
#include "model_convert_test.moc"
