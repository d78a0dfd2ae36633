// SPDX-License-Identifier: Apache-2.0
// mask_golden.json by tests/parity/make_metadata_goldens.py: Pillow's bicubic, and a Gaussian by NumPy.
#include "core/image/mask.h"

#include <QTemporaryDir>
#include <stdexcept>

#include "core/base/atomic_file.h"
#include "core/base/json.h"
#include "core/image/image_encode.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

Mask mask_of(int width, int height, const std::vector<int>& levels) {
  Mask mask(width, height);
  for (size_t i = 0; i < levels.size(); ++i) {
    mask.values[i] = static_cast<float>(levels[i]) / 255.0F;
  }
  return mask;
}

std::vector<int> levels_of(const Mask& mask) {
  std::vector<int> levels;
  for (const float value : mask.values) {
    levels.push_back(static_cast<int>(std::lround(value * 255)));
  }
  return levels;
}

}  // namespace

class MaskTest : public QObject {
  Q_OBJECT
 private slots:
  void resizeIsPillowsToTheLevelAndBlurWithinOne() {
    for (const Json& golden : read_json_file(std::string(DARKROOM_TEST_DATA) + "/mask_golden.json")) {
      const Mask mask = mask_of(golden.at("width"), golden.at("height"), golden.at("levels").get<std::vector<int>>());
      for (const Json& resized : golden.at("resized")) {
        const Mask ours = resize_mask(mask, resized.at("width"), resized.at("height"));
        QVERIFY(levels_of(ours) == resized.at("levels").get<std::vector<int>>());
      }
      for (const Json& blurred : golden.at("blurred")) {
        const std::vector<int> ours = levels_of(blur_mask(mask, blurred.at("sigma")));
        const auto expected = blurred.at("levels").get<std::vector<int>>();
        QCOMPARE(ours.size(), expected.size());
        int worst = 0;
        for (size_t i = 0; i < ours.size(); ++i) {
          worst = std::max(worst, std::abs(ours[i] - expected[i]));
        }
        QVERIFY(worst <= 1);
      }
    }
  }

  void latentMaskIsHardWhereAskedAndKeepsTheShape() {
    Mask half(16, 16);
    for (int y = 0; y < 16; ++y) {
      std::fill_n(half.values.begin() + y * 16 + 8, 8, 1.0F);
    }
    const Mask rounded = latent_mask(half, 2, 2, LatentMaskRule::rounded);
    QVERIFY((rounded.values == std::vector<float>{0, 1, 0, 1}));
    QVERIFY((latent_mask(half, 2, 2, LatentMaskRule::nearest).values == std::vector<float>{0, 1, 0, 1}));
    const Mask soft = latent_mask(blur_mask(half, 2), 4, 4, LatentMaskRule::soft);
    QVERIFY(soft.at(0, 0) < 0.1F && soft.at(1, 0) > soft.at(0, 0) && soft.at(2, 0) > soft.at(1, 0) && soft.at(3, 0) > 0.9F);
    const Mask odd = latent_mask(mask_of(3, 1, {100, 200, 255}), 2, 1, LatentMaskRule::nearest);
    QVERIFY((odd.values == std::vector<float>{0, 1}));  // source pixels 0 and 1
  }

  void blurOfNothingAndOfAConstantChangesNothing() {
    const Mask mask = mask_of(3, 2, {0, 10, 20, 255, 3, 7});
    QVERIFY(blur_mask(mask, 0) == mask);
    const Mask flat = mask_of(3, 2, std::vector<int>(6, 77));
    QVERIFY(levels_of(blur_mask(flat, 8)) == levels_of(flat));
    QVERIFY(levels_of(blur_mask(mask_of(1, 1, {9}), 3)) == std::vector<int>{9});
  }

  void brightnessIsThatOfItuR601() {
    Image image(2, 1);
    image.pixels = {255, 0, 0, 0, 255, 0};
    QVERIFY(levels_of(mask_from_image(image)) == (std::vector<int>{76, 150}));
  }

  void transparentBrushIsAMaskAndOpaqueFilesGiveTheirBrightness() {
    const std::string data = std::string(DARKROOM_TEST_DATA) + "/data/";
    // (255,0,0) at alpha 0 and black at alpha 128: nothing is above 128.
    QVERIFY(levels_of(mask_from_image(read_mask_file(data + "alpha.png"))) == (std::vector<int>{0, 0}));
    QCOMPARE(levels_of(mask_from_image(read_mask_file(data + "grey.png"))).at(1), 77);
    QCOMPARE(read_mask_file(data + "orientation_6.jpg").height, 32);
  }

  void compositeTakesEachSideWhereTheMaskSaysSo() {
    Image drawn(3, 1);
    Image kept(3, 1);
    std::fill(drawn.pixels.begin(), drawn.pixels.end(), uint8_t{200});
    std::fill(kept.pixels.begin(), kept.pixels.end(), uint8_t{100});
    const Image both = composite(drawn, kept, mask_of(3, 1, {0, 128, 255}));
    QCOMPARE(int(both.pixels[0]), 100);
    QCOMPARE(int(both.pixels[3]), 150);
    QCOMPARE(int(both.pixels[6]), 200);
  }

  void wrongSizesAreRefused() {
    QVERIFY_EXCEPTION_THROWN(Mask(0, 1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(resize_mask(Mask(2, 2), 0, 1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(blur_mask(Mask(2, 2), -1), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(composite(Image(2, 2), Image(2, 2), Mask(2, 1)), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(mask_from_image(Image()), std::invalid_argument);
  }
};

DARKROOM_TEST(MaskTest);
#include "mask_test.moc"
