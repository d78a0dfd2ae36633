// SPDX-License-Identifier: Apache-2.0
// Whole requests with the embedded model.
#include "core/sample/make_images.h"

#include <QTemporaryDir>

#include "core/base/digest.h"
#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/model/hash_cache.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

namespace {

const fs::path pocket = DARKROOM_SOURCE_DIR "/resources/pocket";

GenerateOptions quick() {
  GenerateOptions options;
  options.model = pocket;
  options.prompt = "a red apple";
  options.steps = 2;
  options.dtype = "fp32";
  return options;
}

struct Made {
  std::vector<MadeImage> images;
  std::vector<Image> previews;
  SampleOutcome outcome;
};

Made make(SamplingModel& model, const GenerateOptions& options) {
  Made made;
  SampleHooks hooks;
  hooks.on_image = [&](MadeImage image) { made.images.push_back(std::move(image)); };
  hooks.on_step = [&](const SampleStep& step) { made.previews.push_back(step.preview()); };
  made.outcome = make_images(model, options, hooks);
  return made;
}

int levels_apart(const Image& a, const Image& b) {
  int most = a.pixels.size() == b.pixels.size() ? 0 : 256;
  for (size_t i = 0; i < std::min(a.pixels.size(), b.pixels.size()); ++i) {
    most = std::max(most, std::abs(int{a.pixels[i]} - int{b.pixels[i]}));
  }
  return most;
}

// A LoRA of rank 1 for the first attention of a UNet, by kohya's names.
void write_lora(const fs::path& path, const ParameterLayout& layout) {
  const auto& all = layout.all_slots();
  const auto slot = std::find_if(all.begin(), all.end(), [](const ParameterSlot& s) { return s.name.ends_with("attn1.to_q.weight"); });
  std::string layer = slot->name.substr(0, slot->name.size() - std::string(".weight").size());
  std::replace(layer.begin(), layer.end(), '.', '_');
  const std::vector<NamedTensor> tensors = {{"lora_unet_" + layer + ".lora_down.weight", torch::ones({1, slot->shape[1]})},
                                            {"lora_unet_" + layer + ".lora_up.weight", torch::full({slot->shape[0], 1}, 0.01F)},
                                            {"lora_unet_" + layer + ".alpha", torch::ones({})}};
  write_safetensors(path, tensors, {{"note", "not part of the hash"}});
}

}  // namespace

class MakeImagesTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() {
    qputenv("DARKROOM_RESOURCES", DARKROOM_SOURCE_DIR "/resources");
    qputenv("XDG_CACHE_HOME", folder_.path().toUtf8());
    model_ = std::make_unique<SamplingModel>(quick(), torch::kCPU);
  }

  void aPictureCarriesTheHashesOfItsFiles() {
    const fs::path lora = at("strong.safetensors");
    write_lora(lora, model_->parts().unet.model->layout());
    const int64_t width = model_->parts().text.model->width();
    const std::vector<NamedTensor> vectors = {{"emb_params", torch::zeros({1, width})}};
    write_safetensors(at("mystyle.safetensors"), vectors);
    write_safetensors(at("unused.safetensors"), vectors);
    GenerateOptions options = quick();
    options.prompt = "mystyle of an apple";
    options.loras = {{lora.string(), 0.5, std::nullopt}};
    options.embeddings = {at("unused.safetensors").string(), at("mystyle.safetensors").string()};
    const GenerationRecord record = make(*model_, options).images.at(0).record;
    QCOMPARE(record.model_hash, digest_of_file(DigestKind::sha256, pocket / "unet" / "diffusion_pytorch_model.safetensors"));
    QCOMPARE(record.vae_hash, digest_of_file(DigestKind::sha256, pocket / "vae" / "diffusion_pytorch_model.safetensors"));
    QCOMPARE(record.lora_hashes, (std::vector<FileHash>{{"strong", tensor_data_sha256(lora).substr(0, 12)}}));
    QCOMPARE(record.embedding_hashes,
             (std::vector<FileHash>{{"mystyle", digest_of_file(DigestKind::sha256, at("mystyle.safetensors")).substr(0, 12)}}));
    const std::string text = a1111_parameters(record);
    QVERIFY2(text.find("Model hash: " + record.model_hash.substr(0, 10) + ",") != std::string::npos, text.c_str());
    QVERIFY2(text.find("Lora hashes: \"strong: " + record.lora_hashes[0].hash + "\"") != std::string::npos, text.c_str());
    QVERIFY2(text.find("TI hashes: \"mystyle: " + record.embedding_hashes[0].hash + "\"") != std::string::npos, text.c_str());
    // The next request wears neither.
    QVERIFY(make(*model_, quick()).images.at(0).record.lora_hashes.empty());
  }

  void withoutGuidanceTheNegativePromptChangesNothing() {
    GenerateOptions options = quick();
    options.cfg_scale = 1;
    const Made without = make(*model_, options);
    options.negative = "blue BREAK grass BREAK a very long text that would make all prompts three chunks long";
    const Made with = make(*model_, options);
    QVERIFY(at::equal(with.outcome.latents_BCHW, without.outcome.latents_BCHW));
    QCOMPARE(with.outcome.negative.longest.tokens, 0);
    options.cfg_scale = 1.5;
    QVERIFY(!at::equal(make(*model_, options).outcome.latents_BCHW, without.outcome.latents_BCHW));
  }

  void stripsOfTheVaeLeaveNoSeams_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::newRow("odd rows of latents") << 72 << 104;
    QTest::newRow("odd columns of latents") << 88 << 192;
    QTest::newRow("wide") << 200 << 40;
  }
  void stripsOfTheVaeLeaveNoSeams() {
    QFETCH(int, width);
    QFETCH(int, height);
    GenerateOptions options = quick();
    options.width = width;
    options.height = height;
    options.count = 2;
    options.batch = 2;
    options.vae_tiling = "off";
    const Made whole = make(*model_, options);
    options.vae_tiling = "on";
    const Made strips = make(*model_, options);
    QVERIFY(at::equal(whole.outcome.latents_BCHW, strips.outcome.latents_BCHW));
    for (size_t i = 0; i < whole.images.size(); ++i) {
      QVERIFY2(levels_apart(whole.images[i].image, strips.images[i].image) <= 1,
               QByteArray::number(levels_apart(whole.images[i].image, strips.images[i].image)));
    }
  }

  void previewsComeFromTheDecoderWhenThereIsOne() {
    GenerateOptions options = quick();
    const Image linear = make(*model_, options).previews.at(0);
    QCOMPARE(linear.width, static_cast<int>(model_->parts().unet.model->config().sample_size.value()));
    options.preview_decoder = DARKROOM_SOURCE_DIR "/tests/core/nn/golden/tiny";
    const Made tiny = make(*model_, options);
    QCOMPARE(tiny.previews.size(), size_t{2});
    QCOMPARE(tiny.previews.at(0).width % 8, 0);
    QVERIFY(tiny.previews.at(0).width != linear.width || tiny.previews.at(0).pixels != linear.pixels);
    options.preview_decoder = at("nothing").string();
    QVERIFY_EXCEPTION_THROWN(make(*model_, options), Error);
    options.preview_decoder.clear();
    QCOMPARE(make(*model_, options).previews.at(0).pixels, linear.pixels);
  }

 private:
  fs::path at(const std::string& name) const { return fs::path(folder_.path().toStdString()) / name; }
  QTemporaryDir folder_;
  std::unique_ptr<SamplingModel> model_;
};

DARKROOM_TEST(MakeImagesTest);
#include "make_images_test.moc"
