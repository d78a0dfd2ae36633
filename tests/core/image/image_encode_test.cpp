// SPDX-License-Identifier: Apache-2.0
#include "core/image/image_encode.h"

#include <QTemporaryDir>
#include <stdexcept>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/byte_view.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::bytes_of;

namespace {

Image ramp(int width, int height) {
  Image image(width, height);
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<uint8_t>(i % 3 == 0 ? i * 3 : i % 3 == 1 ? 200 : i / 5);
  }
  return image;
}

}  // namespace

class ImageEncodeTest : public QObject {
  Q_OBJECT
 private slots:
  void losslessWebpAndPngComeBackExactlyWithAndWithoutTexts() {
    const std::vector<PngText> texts{{"parameters", "a cat"}};
    for (const auto& [width, height] : {std::pair(1, 1), std::pair(33, 17)}) {
      for (const ImageFormat kind : {ImageFormat::png, ImageFormat::webp}) {
        QVERIFY(decode_image(bytes_of(encode_image(ramp(width, height), kind, {}, 100)), "test") == ramp(width, height));
        QVERIFY(decode_image(bytes_of(encode_image(ramp(width, height), kind, texts, 100)), "test") == ramp(width, height));
      }
    }
  }

  void qualityDecidesTheSize() {
    for (const ImageFormat kind : {ImageFormat::jpeg, ImageFormat::webp}) {
      QVERIFY(encode_image(ramp(64, 64), kind, {}, 30).size() < encode_image(ramp(64, 64), kind, {}, 95).size());
    }
  }

  void extendedWebpIsWellFormed() {
    const std::vector<PngText> texts{{"parameters", "odd"}, {"darkroom", "{}"}};
    const std::string file = encode_image(ramp(33, 17), ImageFormat::webp, texts);
    QCOMPARE(file.substr(8, 8), std::string("WEBPVP8X"));
    QCOMPARE(static_cast<uint8_t>(file[20]), uint8_t{0x08});
    const auto size = static_cast<size_t>(static_cast<uint8_t>(file[4]) | static_cast<uint8_t>(file[5]) << 8);
    QCOMPARE(size + 8, file.size());
    const ImageInfo info = read_image_info(bytes_of(file), "test");
    QCOMPARE(info.width, 33);
    QCOMPARE(info.height, 17);
    QVERIFY(read_image_texts(bytes_of(file), "test") ==
            (std::vector<PngText>{{"darkroom", "{}"}, {"parameters", "odd"}, {"Software", "Darkroom"}}));
  }

  void jpegKeepsItsHeaderFirst() {
    const std::vector<PngText> texts{{"parameters", "x"}};
    const std::string file = encode_image(ramp(16, 16), ImageFormat::jpeg, texts);
    QCOMPARE(file.substr(0, 4), std::string("\xFF\xD8\xFF\xE0"));
    const size_t exif_at = file.find("\xFF\xE1");
    QVERIFY(exif_at != std::string::npos && file.substr(exif_at + 4, 6) == std::string("Exif\0\0", 6));
  }

  void nameDecidesTheFormat() {
    QVERIFY(image_format_of("a/b.PNG") == ImageFormat::png);
    QVERIFY(image_format_of("b.JpEg") == ImageFormat::jpeg);
    QVERIFY(image_format_of("b.webp") == ImageFormat::webp);
    QVERIFY_EXCEPTION_THROWN(image_format_of("b.gif"), Error);
    const QTemporaryDir folder;
    const std::string path = folder.filePath("x.jpg").toStdString();
    write_image(path, ramp(16, 16));
    QVERIFY(read_file(path).starts_with("\xFF\xD8\xFF"));
    QVERIFY(read_image_texts(std::filesystem::path(path)).empty());
  }

  void wrongQualityAndTextsAreRefused() {
    QVERIFY_EXCEPTION_THROWN(encode_image(ramp(4, 4), ImageFormat::jpeg, {}, 0), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(encode_image(ramp(4, 4), ImageFormat::webp, {}, 101), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(encode_image(Image(), ImageFormat::jpeg), std::invalid_argument);
    const std::vector<PngText> other{{"Comment", "x"}};
    QVERIFY_EXCEPTION_THROWN(encode_image(ramp(4, 4), ImageFormat::jpeg, other), std::invalid_argument);
  }
};

DARKROOM_TEST(ImageEncodeTest);
#include "image_encode_test.moc"
