// SPDX-License-Identifier: Apache-2.0
#include <QTemporaryDir>
#include <map>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/dataset/latent_files.h"
#include "core/dataset/tar_source.h"
#include "core/dataset/training_set.h"
#include "core/encode/latent_encoder.h"
#include "core/image/cropped_decode.h"
#include "core/image/image_decode.h"
#include "core/image/image_encode.h"
#include "core/model/model_folder.h"
#include "core/model/model_writer.h"
#include "core/pipeline/build_arrow.h"
#include "core/pipeline/tokenize_shards.h"
#include "tests/core/dataset/tar_bytes.h"
#include "tests/quiet_progress.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;
namespace fs = std::filesystem;

namespace {

Image pattern(int seed, int width, int height) {
  Image image(width, height);
  uint32_t state = static_cast<uint32_t>(seed) * 2654435761U + 1;
  for (uint8_t& value : image.pixels) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<uint8_t>(state >> 24);
  }
  return image;
}

VaeConfig tiny_config() {
  VaeConfig config;
  config.block_out_channels = {8, 8, 16};
  config.layers_per_block = 1;
  config.norm_num_groups = 4;
  config.sample_size = 16;
  return config;
}

void write_tiny_vae(const fs::path& folder) {
  const Vae vae(tiny_config());
  ParameterArena arena(vae.layout(), {});
  arena.initialize(3);
  write_vae(folder, vae, arena.views(ArenaBuffer::master), at::kFloat);
}

// Every file below `folder` but the notes on what an earlier run did.
std::map<std::string, std::string> files_of(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), folder).string()] = read_file(entry.path());
    }
  }
  return files;
}

}  // namespace

class LatentEncoderTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  fs::path root_;
  EncodeOptions options_;

  void make_dataset(const fs::path& dataset) {
    const TokenizeSummary tokens = tokenize_shards({root_ / "s.tar"}, dataset / ".build" / "tokens", {}, quiet, CancelToken());
    build_arrow(tokens.files, dataset, {.validation_share = 0.2}, quiet, CancelToken());
  }

  EncodeSummary encode(const fs::path& dataset, const CancelToken& cancel = CancelToken(), const ProgressSink& sink = quiet) {
    return encode_latents(dataset, {root_ / "s.tar"}, root_ / "vae", options_, sink, cancel);
  }

 private slots:
  void initTestCase() {
    root_ = folder_.path().toStdString();
    write_tiny_vae(root_ / "vae");
    std::string tar;
    for (int i = 0; i < 30; ++i) {
      Image image = pattern(i, 24 + i % 3, 20);
      if (i == 7) {
        image = Image(24, 20);  // black
      }
      std::string png = encode_png(image);
      if (i == 11) {
        png.resize(png.size() / 2);
      }
      tar += tar_member(format("p{:02}.png", i), png) + tar_member(format("p{:02}.txt", i), format("picture {}", i));
    }
    write_file_atomically(root_ / "s.tar", tar + tar_end());
    options_.image_size = 16;
    options_.batch = 4;
    options_.rows_per_shard = 8;
    options_.decode_threads = 2;
  }

  void latentIsTheScaledPosteriorMeanOfTheCrop() {
    make_dataset(root_ / "a");
    const EncodeSummary summary = encode(root_ / "a");
    QCOMPARE(summary.encoded, uint64_t{28});
    QCOMPARE(summary.statistics.mean.size(), size_t{4});
    const TrainingSet train(root_ / "a", "train");
    const TrainingSet validation(root_ / "a", "validation");
    QCOMPARE(train.size() + validation.size(), uint64_t{28});
    QCOMPARE(train.latent_shape(), (std::array<int64_t, 3>{4, 4, 4}));

    const LoadedVae vae = load_vae(root_ / "vae");
    const TarSource tar(root_ / "s.tar");
    for (uint64_t i = 0; i < train.size(); ++i) {
      const std::string name(train.key(i).substr(train.key(i).find("::") + 2));
      QCOMPARE(train.caption(i), std::string_view(format("picture {}", std::stoi(name.substr(1)))));
      const auto sample = std::find_if(tar.samples().begin(), tar.samples().end(), [&](const TarSample& one) { return one.key == name; });
      const std::string bytes = tar.read(*sample->image());
      const Image crop = centre_crop_resize(decode_image(std::as_bytes(std::span(bytes.data(), bytes.size())), name), 16, 16);
      const torch::Tensor image_BCHW =
          at::tensor(at::ArrayRef<uint8_t>(crop.pixels)).view({1, 16, 16, 3}).permute({0, 3, 1, 2}).to(at::kFloat).div(127.5).sub(1);
      const torch::Tensor expected = vae.model->encode(vae.weights, image_BCHW).mean_BCHW * vae.model->scaling_factor();
      const torch::Tensor stored =
          at::from_blob(const_cast<uint16_t*>(train.latent(i).data()), {1, 4, 4, 4}, at::TensorOptions(at::kHalf)).to(at::kFloat);
      QVERIFY((stored - expected).abs().max().item<double>() < 2e-3);
    }
  }

  void droppedPicturesHaveReasons() {
    make_dataset(root_ / "b");
    const EncodeSummary summary = encode(root_ / "b");
    QCOMPARE(summary.quarantined.size(), size_t{2});
    QCOMPARE(summary.quarantined[0].item, std::string("s.tar::p07"));
    QVERIFY(summary.quarantined[0].reason.find("flat") != std::string::npos);
    QCOMPARE(summary.quarantined[1].item, std::string("s.tar::p11"));
    QVERIFY(summary.quarantined[1].reason.find("cut short") != std::string::npos);
  }

  void stoppedAndRepeatedItEndsWithTheSameBytes() {
    make_dataset(root_ / "whole");
    encode(root_ / "whole");
    make_dataset(root_ / "parts");
    // The third of four shards cannot be finished while one of its pictures has other bytes than its caption was read with.
    const std::string third = read_file(root_ / "whole" / "latents" / "latents-00002.json");
    const size_t name = third.find("s.tar::p");
    QVERIFY(name != std::string::npos);
    const TarField field = *TarSource(root_ / "s.tar").samples().at(std::stoul(third.substr(name + 8, 2))).image();
    const std::string intact = read_file(root_ / "s.tar");
    std::string changed = intact;
    changed[field.offset + field.size - 1] ^= 1;
    write_file_atomically(root_ / "s.tar", changed);
    QVERIFY_EXCEPTION_THROWN(encode(root_ / "parts"), Error);
    write_file_atomically(root_ / "s.tar", intact);
    // What SIGKILL leaves: data without its index, and a file half written.
    write_file_atomically(root_ / "parts" / "latents" / "latents-00003.npy", "torn");
    write_file_atomically(root_ / "parts" / "latents" / "latents-00002.npy.tmp", "torn");
    const EncodeSummary rest = encode(root_ / "parts");
    QCOMPARE(rest.skipped, uint64_t{16});
    QVERIFY(rest.encoded < 28);
    QVERIFY(files_of(root_ / "whole" / "latents") == files_of(root_ / "parts" / "latents"));
    const EncodeSummary again = encode(root_ / "parts");
    QCOMPARE(again.encoded, uint64_t{0});
    QCOMPARE(again.skipped, uint64_t{30});
    QCOMPARE(again.quarantined.size(), size_t{2});
  }

  void cancelledItThrowsAndKeepsWhatIsThere() {
    make_dataset(root_ / "cancelled");
    CancelToken cancel;
    cancel.cancel();
    QVERIFY_EXCEPTION_THROWN(encode(root_ / "cancelled", cancel), Error);
    QCOMPARE(encode(root_ / "cancelled").skipped, uint64_t{0});
    QCOMPARE(encode(root_ / "cancelled", cancel).skipped, uint64_t{30});  // nothing was left to be stopped
  }

  void twoDevicesGiveTheBytesOfOne() {
    make_dataset(root_ / "one");
    encode(root_ / "one");
    make_dataset(root_ / "two");
    options_.devices = {at::kCPU, at::kCPU};
    encode(root_ / "two");
    options_.devices = {at::kCPU};
    QVERIFY(files_of(root_ / "one" / "latents") == files_of(root_ / "two" / "latents"));
  }

  void anotherVaeOrSizeIsRefused() {
    make_dataset(root_ / "c");
    encode(root_ / "c");
    options_.image_size = 32;
    try {
      encode(root_ / "c");
      QFAIL("mixed latents of two sizes");
    } catch (const Error& error) {
      QVERIFY(error.code() == ErrorCode::busy);
    }
    options_.image_size = 18;
    QVERIFY_EXCEPTION_THROWN(encode(root_ / "c"), Error);
    options_.image_size = 16;
  }

  void onlyAnEditedPictureIsEncodedAgain() {
    const std::string intact = read_file(root_ / "s.tar");
    make_dataset(root_ / "e");
    encode(root_ / "e");
    std::map<std::string, std::vector<uint16_t>> before;
    {
      const LatentStore store(root_ / "e" / "latents");
      for (uint64_t row = 0; row < store.size(); ++row) {
        before[store.key(row)] = {store.latent(row).begin(), store.latent(row).end()};
      }
    }
    // Picture 3 gets other pixels; 5 leaves the shard; everything is made anew from the shard as it is now.
    std::string tar;
    const TarSource old(root_ / "s.tar");
    for (const TarSample& sample : old.samples()) {
      if (sample.key != "p05") {
        tar += tar_member(sample.key + ".png", sample.key == "p03" ? encode_png(pattern(99, 24, 20)) : old.read(*sample.image()));
        tar += tar_member(sample.key + ".txt", old.read(*sample.find("txt")) + " again");  // captions do not matter to latents
      }
    }
    write_file_atomically(root_ / "s.tar", tar + tar_end());
    make_dataset(root_ / "e");
    const EncodeSummary summary = encode(root_ / "e");
    QCOMPARE(summary.encoded, uint64_t{1});
    QCOMPARE(summary.skipped, uint64_t{28});
    const LatentStore store(root_ / "e" / "latents");
    QCOMPARE(store.size(), uint64_t{27});
    QVERIFY(!store.find("s.tar::p05"));
    for (uint64_t row = 0; row < store.size(); ++row) {
      const std::vector<uint16_t> latent(store.latent(row).begin(), store.latent(row).end());
      QCOMPARE(latent == before.at(store.key(row)), store.key(row) != "s.tar::p03");
    }
    QCOMPARE(encode(root_ / "e").encoded, uint64_t{0});
    write_file_atomically(root_ / "s.tar", intact);
  }

  void latentsOfTheSourceRunAreTakenWithoutDecoding() {
    make_dataset(root_ / "f");
    encode(root_ / "f");
    const LatentStore whole(root_ / "f" / "latents");
    write_latent_files(whole, root_ / "single", quiet, CancelToken());
    fs::remove(root_ / "single" / "s.tar__p09.npy");
    make_dataset(root_ / "g");
    const EncodeSummary summary = import_latents(root_ / "g", root_ / "single", root_ / "vae", options_, quiet, CancelToken());
    QCOMPARE(summary.encoded, uint64_t{27});
    QCOMPARE(summary.quarantined.size(), size_t{3});  // the two that were dropped, and the one that is missing
    const LatentStore taken(root_ / "g" / "latents");
    QVERIFY(!taken.find("s.tar::p09"));
    const uint64_t row = *taken.find("s.tar::p20");
    QVERIFY(std::equal(taken.latent(row).begin(), taken.latent(row).end(), whole.latent(*whole.find("s.tar::p20")).begin()));
    write_file_atomically(root_ / "single" / "s.tar__p09.npy", "torn");
    QVERIFY_EXCEPTION_THROWN(import_latents(root_ / "g", root_ / "single", root_ / "vae", options_, quiet, CancelToken()), Error);
  }

  void theDecoderIsRecordedAndAnotherIsRefused() {
    make_dataset(root_ / "decoder");
    const EncodeSummary summary = encode(root_ / "decoder");
    QCOMPARE(summary.recipe.decoder, decoder_name());
    const fs::path file = root_ / "decoder" / "latents" / "latents.json";
    Json recipe = Json::parse(read_file(file));
    QCOMPARE(recipe.at("decoder").get<std::string>(), decoder_name());
    recipe["decoder"] = "opencv 4.6.0, libjpeg-turbo 2.1.5, reduced by rule 1";
    write_file_atomically(file, recipe.dump());
    try {
      encode(root_ / "decoder");
      QFAIL("mixed latents of two decoders");
    } catch (const Error& error) {
      QVERIFY(error.code() == ErrorCode::busy);
      QVERIFY(std::string(error.what()).find("decoder") != std::string::npos);
    }
  }

  void otherLimitsAreRefusedWhileLatentsAreThere() {
    make_dataset(root_ / "h");
    encode(root_ / "h");
    options_.min_std = 1;
    try {
      encode(root_ / "h");
      QFAIL("kept what other limits had chosen");
    } catch (const Error& error) {
      QVERIFY(error.code() == ErrorCode::busy);
    }
    fs::remove_all(root_ / "h" / "latents");
    encode(root_ / "h");
    options_.min_std = 5;
  }

  void picturesThatChangedAreNoticed() {
    make_dataset(root_ / "d");
    const std::string good = read_file(root_ / "s.tar");
    std::string changed = good;
    changed[512 + 60] = static_cast<char>(changed[512 + 60] ^ 1);
    write_file_atomically(root_ / "s.tar", changed);
    QVERIFY_EXCEPTION_THROWN(encode(root_ / "d"), Error);
    write_file_atomically(root_ / "s.tar", good);
    QVERIFY_EXCEPTION_THROWN(encode_latents(root_ / "d", {}, root_ / "vae", options_, quiet, CancelToken()), Error);
  }
};

DARKROOM_TEST(LatentEncoderTest);
#include "latent_encoder_test.moc"
