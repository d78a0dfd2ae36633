// SPDX-License-Identifier: Apache-2.0
#include "core/image/image_decode.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/image/image_encode.h"
#include "tests/byte_view.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::bytes_of;

namespace {

std::string data_path(const std::string& name) { return std::string(DARKROOM_TEST_DATA) + "/data/" + name; }
bool near(const Image& image, int x, int y, int red, int green, int blue, int tolerance = 12) {
  const uint8_t* pixel = image.row(y) + static_cast<size_t>(x) * 3;
  return std::abs(pixel[0] - red) <= tolerance && std::abs(pixel[1] - green) <= tolerance && std::abs(pixel[2] - blue) <= tolerance;
}

std::string reason_of(const std::string& bytes, const ImageLimits& limits = {}) {
  try {
    decode_image(bytes_of(bytes), "x", limits);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

// A PNG header alone that claims a size.
std::string png_claiming(uint32_t width, uint32_t height) {
  std::string file = encode_png(Image(1, 1));
  for (int i = 0; i < 4; ++i) {
    file[16 + static_cast<size_t>(i)] = static_cast<char>(width >> (24 - 8 * i));
    file[20 + static_cast<size_t>(i)] = static_cast<char>(height >> (24 - 8 * i));
  }
  return file;
}

}  // namespace

class ImageDecodeTest : public QObject {
  Q_OBJECT
 private slots:
  void exifOrientationIsApplied() {
    // As stored: green block top left, red left, blue right.
    const Image upright = read_image_file(data_path("orientation_1.jpg"));
    QCOMPARE(upright.width, 32);
    QVERIFY(near(upright, 2, 2, 0, 255, 0) && near(upright, 2, 13, 255, 0, 0) && near(upright, 29, 2, 0, 0, 255));
    const Image half_turn = read_image_file(data_path("orientation_3.jpg"));
    QVERIFY(near(half_turn, 29, 13, 0, 255, 0) && near(half_turn, 2, 2, 0, 0, 255));
    const Image clockwise = read_image_file(data_path("orientation_6.jpg"));
    QCOMPARE(clockwise.width, 16);
    QCOMPARE(clockwise.height, 32);
    QVERIFY(near(clockwise, 13, 2, 0, 255, 0) && near(clockwise, 2, 2, 255, 0, 0) && near(clockwise, 8, 29, 0, 0, 255));
    const Image counter_clockwise = read_image_file(data_path("orientation_8.jpg"));
    QVERIFY(near(counter_clockwise, 2, 29, 0, 255, 0) && near(counter_clockwise, 8, 2, 0, 0, 255));
  }

  void headerGivesTheShownSizeWithoutDecoding() {
    const std::string bytes = read_file(data_path("orientation_6.jpg"));
    const ImageInfo info = read_image_info(bytes_of(bytes), "x");
    QCOMPARE(info.width, 32);
    QCOMPARE(info.shown_width(), 16);
    QCOMPARE(info.shown_height(), 32);
    for (const char* name : {"lossless.webp", "palette.png", "progressive.jpg", "cmyk.jpg"}) {
      const std::string other = read_file(data_path(name));
      QCOMPARE(read_image_info(bytes_of(other), name).width, 32);
      QCOMPARE(read_image_info(bytes_of(other), name).height, 16);
    }
  }

  void alphaIsCompositedOnWhite() {
    for (const char* name : {"alpha.png", "alpha.webp"}) {
      const Image image = read_image_file(data_path(name));
      QVERIFY(near(image, 0, 0, 255, 255, 255, 0));
      QVERIFY(near(image, 1, 0, 127, 127, 127, 0));
    }
  }

  void greyDeepPaletteAndPrintColoursBecomeRgb() {
    QVERIFY(near(read_image_file(data_path("grey.png")), 1, 0, 77, 77, 77, 0));
    QVERIFY(near(read_image_file(data_path("deep.png")), 1, 0, 128, 128, 128, 0));
    QVERIFY(near(read_image_file(data_path("palette.png")), 29, 2, 0, 0, 255, 2));
    QVERIFY(near(read_image_file(data_path("lossless.webp")), 2, 2, 0, 255, 0, 0));
    QVERIFY(near(read_image_file(data_path("progressive.jpg")), 2, 13, 255, 0, 0));
    QVERIFY(near(read_image_file(data_path("cmyk.jpg")), 29, 2, 0, 0, 255, 30));
  }

  void everyTruncationIsRefused() {
    for (const char* name : {"orientation_1.jpg", "lossless.webp", "palette.png", "progressive.jpg"}) {
      const std::string bytes = read_file(data_path(name));
      for (size_t length = 0; length + 2 < bytes.size(); length += 7) {
        QVERIFY2(!reason_of(bytes.substr(0, length)).empty(), qPrintable(QString("%1 cut to %2 bytes").arg(name).arg(length)));
      }
    }
  }

  void sizesBeyondTheLimitsAreRefusedFromTheHeader() {
    QVERIFY(reason_of(png_claiming(40000, 10)).find("a side may have at most 32768") != std::string::npos);
    QVERIFY(reason_of(png_claiming(9000, 9000)).find("at most 64 million") != std::string::npos);
    QVERIFY(reason_of(png_claiming(0xFFFFFFFF, 0xFFFFFFFF)).find("a side may have") != std::string::npos);
    QVERIFY(reason_of(png_claiming(0, 4)).find("size of 0x4") != std::string::npos);
    QVERIFY(reason_of(read_file(data_path("grey.png")), {.max_side = 1}).find("at most 1") != std::string::npos);
  }

  void otherFormatsAreRefusedByTheirFirstBytes() {
    QCOMPARE(reason_of(""), std::string("x: the file is empty"));
    QCOMPARE(reason_of("GIF89a and so on"), std::string("x: not a JPEG, PNG or WebP file"));
    QCOMPARE(reason_of("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), std::string("x: not a JPEG, PNG or WebP file"));
    QCOMPARE(reason_of("BM000000"), std::string("x: not a JPEG, PNG or WebP file"));
  }
};

DARKROOM_TEST(ImageDecodeTest);
#include "image_decode_test.moc"
