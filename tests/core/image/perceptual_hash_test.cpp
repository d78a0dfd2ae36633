// SPDX-License-Identifier: Apache-2.0
// The pictures and their hashes by numpy and scipy are made by tests/parity/make_record_goldens.py.
#include "core/image/perceptual_hash.h"

#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/json.h"
#include "core/image/cropped_decode.h"
#include "core/image/image_encode.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

namespace {

const fs::path data = fs::path(DARKROOM_TEST_DATA) / "data/perceptual_hash";

Image golden(int number) { return read_image_file(data / format("{}.png", number)); }

}  // namespace

class PerceptualHashTest : public QObject {
  Q_OBJECT
 private slots:
  void hashesAreThoseOfScipy() {
    const Json all = read_json_file(data / "expected.json");
    for (const auto& [name, expected] : all.items()) {
      const std::string hash = format("{:016x}", perceptual_hash(read_image_file(data / name)));
      QCOMPARE(hash, expected.get<std::string>());
    }
  }

  void scaledAndCompressedAgainItStaysTheSame() {
    for (int number = 0; number < 6; ++number) {
      const Image image = resize_image(golden(number), 512, 384);
      const uint64_t hash = perceptual_hash(image);
      QVERIFY(hash_distance(hash, perceptual_hash(resize_image(image, 200, 150))) <= 4);
      const std::string jpeg = encode_image(image, ImageFormat::jpeg, {}, 60);
      const auto bytes = std::as_bytes(std::span(jpeg.data(), jpeg.size()));
      QVERIFY(hash_distance(hash, perceptual_hash(decode_image(bytes, "picture"))) <= 4);
      QVERIFY(hash_distance(hash, perceptual_hash(decode_at_least(bytes, "picture", perceptual_hash_side))) <= 4);
    }
  }

  void differentPicturesAreFarApart() {
    for (int a = 0; a < 6; ++a) {
      for (int b = 0; b < a; ++b) {
        const int distance = hash_distance(perceptual_hash(golden(a)), perceptual_hash(golden(b)));
        QVERIFY2(distance > 12, qPrintable(QString("%1 and %2: %3").arg(a).arg(b).arg(distance)));
      }
    }
  }

  void brighterIsTheSame() {
    Image image = golden(0);
    const uint64_t hash = perceptual_hash(image);
    for (uint8_t& value : image.pixels) {
      value = static_cast<uint8_t>(std::min(value + 20, 255));
    }
    QVERIFY(hash_distance(hash, perceptual_hash(image)) <= 4);
  }

  void nothingIsRefused() { QVERIFY_EXCEPTION_THROWN(perceptual_hash(Image()), std::invalid_argument); }
};

DARKROOM_TEST(PerceptualHashTest);
#include "perceptual_hash_test.moc"
