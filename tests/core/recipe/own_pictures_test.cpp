// SPDX-License-Identifier: Apache-2.0
// The pictures in data/ are ours; tests/parity/make_metadata_goldens.py reads them with Pillow and piexif. Written anew by
//   DARKROOM_WRITE_SAMPLES=tests/core/recipe/data build/tests/test_recipe OwnPicturesTest
#include "core/base/atomic_file.h"
#include "core/image/exif.h"
#include "core/image/image_encode.h"
#include "core/image/image_metadata.h"
#include "core/recipe/imported_settings.h"
#include "tests/byte_view.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::bytes_of;

namespace {

constexpr std::array names{"ours.png", "ours.jpg", "ours.webp"};

GenerationRecord a_record() {
  GenerationRecord record;
  record.options.prompt = "a caf\xC3\xA9, \xE7\x8C\xAB \xF0\x9F\x90\x88 \"quoted\": (1:2)\nsecond line";
  record.options.negative = "blurry, \xD0\xBF\xD0\xBB\xD0\xBE\xD1\x85\xD0\xBE";
  record.options.seed = 41;
  record.options.steps = 30;
  record.options.sampler = "dpmpp_2m";
  record.options.schedule = "default";
  record.options.width = 48;
  record.options.height = 32;
  record.model_name = "a, b.safetensors";
  record.model_hash = "6ce0161689b3853acaa03779ec93eafe75a02f4ced659bee03f50797806fa2fa";
  record.version = "0.1.0";
  return record;
}

Image a_picture() {
  Image image(48, 32);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      uint8_t* const pixel = image.row(y) + static_cast<size_t>(x) * Image::channels;
      pixel[0] = static_cast<uint8_t>(5 * x);
      pixel[1] = static_cast<uint8_t>(8 * y);
      pixel[2] = 90;
    }
  }
  return image;
}

// Fixed, so that a new option does not make the kept files old.
const std::vector<PngText>& kept_texts() {
  static const std::vector<PngText> texts{{"parameters",
                                           "a caf\xC3\xA9, \xE7\x8C\xAB \xF0\x9F\x90\x88 \"quoted\": (1:2)\nsecond line\nNegative prompt: "
                                           "\xD0\xBF\xD0\xBB\xD0\xBE\xD1\x85\xD0\xBE\nSteps: 30, "
                                           "Sampler: DPM++ 2M, Schedule type: Uniform, CFG scale: 7.5, Seed: 41, Size: 48x32, Model: \"a, "
                                           "b\", RNG: CPU, Version: Darkroom 0.1.0"},
                                          {"darkroom",
                                           "{\"darkroom_image\":1,\"options\":{\"prompt\":\"a caf\xC3\xA9, \xE7\x8C\xAB \xF0\x9F\x90\x88 "
                                           "\\\"quoted\\\": (1:2)\\nsecond line\"}}"}};
  return texts;
}

std::string encoded(const char* name, std::span<const PngText> texts) { return encode_image(a_picture(), image_format_of(name), texts); }

}  // namespace

class OwnPicturesTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    const char* const folder = std::getenv("DARKROOM_WRITE_SAMPLES");
    if (folder == nullptr) {
      return;
    }
    std::filesystem::create_directories(folder);
    for (const char* name : names) {
      write_file_atomically(std::filesystem::path(folder) / name, encoded(name, kept_texts()));
    }
    const Json said{{"parameters", kept_texts()[0].text}, {"darkroom", Json::parse(kept_texts()[1].text)}};
    write_file_atomically(std::filesystem::path(folder) / "ours.json", said.dump() + "\n");
  }

  void filesOfEveryFormatGiveTheRecordBack() {
    for (const char* name : names) {
      const std::string file = encoded(name, generation_texts(a_record()));
      const auto texts = read_image_texts(bytes_of(file), name);
      const auto found = find_generation_record(texts, name);
      QVERIFY2(found && found->options == a_record().options, name);
      QCOMPARE(find_png_text(texts, "parameters").value(), a1111_parameters(a_record()));
      QVERIFY(read_image_settings(bytes_of(file), name).source == RecipeSource::darkroom);
      const Image picture = decode_image(bytes_of(file), name);
      QCOMPARE(picture.width, 48);
      for (size_t i = 0; i < picture.pixels.size(); ++i) {
        QVERIFY2(std::abs(picture.pixels[i] - a_picture().pixels[i]) <= (std::string(name) == "ours.png" ? 0 : 24), name);
      }
    }
  }

  void filesThatOthersReadCarryWhatWeWriteNow() {
    for (const char* name : names) {
      const std::string file = encoded(name, kept_texts());
      const std::string kept = read_file(std::string(DARKROOM_TEST_DATA) + "/data/" + name);
      QVERIFY2(read_image_texts(bytes_of(kept), name) == read_image_texts(bytes_of(file), name), name);
      const ImageInfo now = read_image_info(bytes_of(file), name);
      const ImageInfo then = read_image_info(bytes_of(kept), name);
      QVERIFY2(std::equal(now.exif.begin(), now.exif.end(), then.exif.begin(), then.exif.end()), name);
    }
  }
};

DARKROOM_TEST(OwnPicturesTest);
#include "own_pictures_test.moc"
