// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "core/image/image.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

Image grey(int width, int height, const std::vector<uint8_t>& values) {
  Image image(width, height);
  for (size_t i = 0; i < values.size(); ++i) {
    image.pixels[3 * i] = image.pixels[3 * i + 1] = image.pixels[3 * i + 2] = values[i];
  }
  return image;
}

}  // namespace

class ResizeTest : public QObject {
  Q_OBJECT
 private slots:
  void halvingAveragesFourPixels() {
    const Image half = resize_image(grey(4, 2, {0, 10, 100, 200, 20, 30, 100, 200}), 2, 1);
    QCOMPARE(half.width, 2);
    QCOMPARE(half.height, 1);
    QCOMPARE(int(half.pixels[0]), 15);
    QCOMPARE(int(half.pixels[3]), 150);
  }

  void areaWeighsPartlyCoveredPixels() {
    // 3 -> 2: the first target pixel covers source 0 and half of source 1.
    const Image two = resize_image(grey(3, 1, {0, 90, 240}), 2, 1);
    QCOMPARE(int(two.pixels[0]), 30);
    QCOMPARE(int(two.pixels[3]), 190);
  }

  void constantPictureStaysConstantUpAndDown() {
    const Image flat = grey(7, 5, std::vector<uint8_t>(35, 123));
    for (const auto& [width, height] : {std::pair(3, 2), std::pair(20, 31), std::pair(3, 31)}) {
      const Image resized = resize_image(flat, width, height);
      for (const uint8_t value : resized.pixels) {
        QCOMPARE(int(value), 123);
      }
    }
  }

  void sameSizeIsTheSamePicture() {
    const Image image = grey(2, 2, {1, 2, 3, 4});
    QVERIFY(resize_image(image, 2, 2) == image);
  }

  void enlargingKeepsARampWithinItsEnds() {
    const Image up = resize_image(grey(2, 1, {0, 200}), 8, 1);
    QVERIFY(up.pixels[0] < 40);
    QVERIFY(up.pixels[21] > 160);
    for (int x = 1; x < 8; ++x) {
      QVERIFY(up.pixels[static_cast<size_t>(3 * x)] + 8 >= up.pixels[static_cast<size_t>(3 * (x - 1))]);
    }
  }

  void centreCropTakesTheLargestCentredPart() {
    QVERIFY((centre_crop(Image(10, 4), 1, 1) == Rectangle{3, 0, 4, 4}));
    QVERIFY((centre_crop(Image(4, 11), 2, 2) == Rectangle{0, 3, 4, 4}));
    QVERIFY((centre_crop(Image(10, 4), 2, 1) == Rectangle{1, 0, 8, 4}));
    const Image cropped = centre_crop_resize(grey(4, 2, {1, 50, 60, 9, 1, 50, 60, 9}), 2, 2);
    QCOMPARE(int(cropped.pixels[0]), 50);
    QCOMPARE(int(cropped.pixels[3]), 60);
  }

  void thumbnailKeepsAspectAndNeverEnlarges() {
    const Image small = thumbnail(Image(100, 50), 20);
    QCOMPARE(small.width, 20);
    QCOMPARE(small.height, 10);
    QCOMPARE(thumbnail(Image(10, 5), 20).width, 10);
    QCOMPARE(thumbnail(Image(1000, 1), 10).height, 1);
  }

  void statisticsOfAHandComputedPicture() {
    const PixelStatistics pixels = pixel_statistics(grey(2, 1, {10, 30}));
    QCOMPARE(pixels.mean, 20.0);
    QCOMPARE(pixels.std, 10.0);
  }

  void rejectsSizesOutOfRange() {
    QVERIFY_EXCEPTION_THROWN(Image(0, 4), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(resize_image(Image(2, 2), 0, 2), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(resize_image(Image(2, 2), 40000, 2), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(crop_image(Image(2, 2), {1, 0, 2, 2}), std::invalid_argument);
  }
};

DARKROOM_TEST(ResizeTest);
#include "resize_test.moc"
