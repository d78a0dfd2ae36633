// SPDX-License-Identifier: Apache-2.0
#include "core/sample/preview_decoder.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

namespace {

const fs::path golden = DARKROOM_SOURCE_DIR "/tests/core/nn/golden/tiny";

std::string decoder_error(const fs::path& path) {
  try {
    PreviewDecoder(path, 4, torch::kFloat32, torch::kCPU);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

class PreviewDecoderTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void isFoundBesideTheModel() {
    ModelPaths paths;
    paths.model = at("model");
    fs::create_directories(paths.model);
    QVERIFY(!find_preview_decoder("", paths));
    fs::copy(golden / "diffusion_pytorch_model.safetensors", paths.model / "preview_decoder.safetensors");
    QCOMPARE(*find_preview_decoder("", paths), paths.model / "preview_decoder.safetensors");
    fs::copy(golden, paths.model / "taesd");
    QCOMPARE(*find_preview_decoder("", paths), paths.model / "taesd");
    QCOMPARE(*find_preview_decoder("/other/one", paths), fs::path("/other/one"));
    paths.model = at("model") / "model.safetensors";  // a single file: what lies beside it
    QCOMPARE(*find_preview_decoder("", paths), at("model") / "taesd");
  }

  void drawsSmallPicturesUntilItKnowsThatItIsCheap() {
    PreviewDecoder decoder(golden, 4, torch::kFloat32, torch::kCPU);
    const torch::Tensor latents = torch::randn({4, 16, 24});
    const Image first = decoder.picture(latents, 1e6);
    QCOMPARE(first.width, 6 * 8);
    QCOMPARE(first.height, 4 * 8);
    decoder.picture(latents, 1e6);
    const Image full = decoder.picture(latents, 1e6);
    QCOMPARE(full.width, 24 * 8);
    decoder.picture(latents, 0);
    QCOMPARE(decoder.picture(latents, 0).width, 12 * 8);
  }

  void namesOfTheOriginalFileAreRead() {
    const SafetensorsFile file(golden / "diffusion_pytorch_model.safetensors");
    std::vector<NamedTensor> tensors;
    const std::string prefix = "decoder.layers.";
    for (const TensorInfo& info : file.tensors()) {
      if (info.name.starts_with(prefix)) {
        const size_t dot = info.name.find('.', prefix.size());
        const int index = std::stoi(info.name.substr(prefix.size(), dot - prefix.size()));
        tensors.push_back({std::to_string(index + 1) + info.name.substr(dot), file.tensor(info.name)});
      }
    }
    write_safetensors(at("taesd_decoder.safetensors"), tensors);
    const torch::Tensor latents = torch::randn({4, 8, 8});
    const Image ours = PreviewDecoder(at("taesd_decoder.safetensors"), 4, torch::kFloat32, torch::kCPU).picture(latents, 0);
    QCOMPARE(ours.pixels, PreviewDecoder(golden, 4, torch::kFloat32, torch::kCPU).picture(latents, 0).pixels);
  }

  void saysWhatIsWrongWithAFile() {
    QVERIFY(decoder_error(at("nothing.safetensors")).find("nothing.safetensors") != std::string::npos);
    const std::vector<NamedTensor> tensors = {{"w", torch::zeros({2})}};
    write_safetensors(at("other.safetensors"), tensors);
    const std::string other = decoder_error(at("other.safetensors"));
    QVERIFY2(other.find("decoder.layers.0.weight") != std::string::npos && other.find("other.safetensors") != std::string::npos,
             other.c_str());
    fs::copy(golden, at("gelu"));
    Json config = read_json_file(golden / "config.json");
    config["act_fn"] = "gelu";
    write_file_atomically(at("gelu") / "config.json", config.dump());
    QVERIFY2(decoder_error(at("gelu")).find("\"act_fn\" is \"gelu\"") != std::string::npos, decoder_error(at("gelu")).c_str());
  }

 private:
  fs::path at(const std::string& name) const { return fs::path(folder_->path().toStdString()) / name; }
  std::unique_ptr<QTemporaryDir> folder_;
};

DARKROOM_TEST(PreviewDecoderTest);
#include "preview_decoder_test.moc"
