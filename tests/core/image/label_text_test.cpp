// SPDX-License-Identifier: Apache-2.0
#include "core/image/label_text.h"

#include <set>
#include <stdexcept>

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

int brightest(const Image& image, int x, int y) { return image.row(y)[static_cast<size_t>(x) * Image::channels]; }

int64_t ink(const Image& image) {
  int64_t sum = 0;
  for (const uint8_t value : image.pixels) {
    sum += value;
  }
  return sum / Image::channels;
}

Image drawn(const std::string& text, double capitals = 16, int width = 60, int height = 40) {
  Image image(width, height);
  draw_label(image, 4, 6, text, {capitals, 0xFF});
  return image;
}

}  // namespace

class LabelTextTest : public QObject {
  Q_OBJECT
 private slots:
  void strokesStandWhereTheGlyphSays() {
    // Capitals of 16 px: one grid unit is one pixel. I is a line at x = 2 from the top to the base line; letters begin half a gap in.
    const Image image = drawn("I");
    for (int y = 7; y < 21; ++y) {
      QCOMPARE(brightest(image, 7, y), 255);
      QCOMPARE(brightest(image, 11, y), 0);
    }
    QCOMPARE(brightest(image, 7, 3), 0);
    QCOMPARE(brightest(image, 7, 25), 0);
    // L: upright at the left, foot on the base line, nothing above the foot.
    const Image foot = drawn("L");
    QVERIFY(brightest(foot, 5, 10) > 200 || brightest(foot, 6, 10) > 200);
    QVERIFY(brightest(foot, 12, 21) > 200 || brightest(foot, 12, 22) > 200);
    QCOMPARE(brightest(foot, 12, 12), 0);
  }

  void everyAsciiGlyphIsDrawnAndNoTwoAreAlike() {
    std::set<std::vector<uint8_t>> pictures;
    for (char c = '!'; c <= '~'; ++c) {
      const Image image = drawn(std::string(1, c));
      QVERIFY2(ink(image) > 255, &c);
      pictures.insert(image.pixels);
    }
    QCOMPARE(pictures.size(), size_t{94});
    QCOMPARE(ink(drawn(" ")), int64_t{0});
  }

  void otherCharactersAreBoxesAndBrokenTextDoesNotHurt() {
    QVERIFY(drawn("\xE7\x8C\xAB").pixels == drawn("\xD0\xB6").pixels);
    QVERIFY(drawn("\xE7\x8C\xAB").pixels != drawn("\xE2\x80\xA6").pixels);
    QVERIFY(ink(drawn("\xFF\xFE")) > 0);
  }

  void widthGrowsWithTextAndSize() {
    const LabelStyle style{16, 0xFF};
    QCOMPARE(label_width("", style), 0);
    QCOMPARE(label_width("I", style), 8);
    QCOMPARE(label_width("II", style), 16);
    QCOMPARE(label_width("II", {32, 0xFF}), 32);
    QVERIFY(label_width("cfg 7.5", style) > label_width("cfg 7", style));
    QVERIFY(label_height(style) >= 22);
  }

  void longLabelsEndInAnEllipsisThatFits() {
    const LabelStyle style{16, 0xFF};
    const std::string text = "a very long prompt, with \xE7\x8C\xAB in it";
    QCOMPARE(shorten_label(text, 10000, style), text);
    for (const int width : {20, 60, 100, 200}) {
      const std::string shortened = shorten_label(text, width, style);
      QVERIFY(label_width(shortened, style) <= width);
      QVERIFY(QString::fromStdString(shortened).endsWith(QChar(0x2026)));
    }
    QCOMPARE(shorten_label(text, 1, style), std::string("\xE2\x80\xA6"));
    QVERIFY(!QString::fromStdString(shorten_label("aa bb", label_width("aa bb", style) - 1, style)).contains(QString(" ") + QChar(0x2026)));
  }

  void whatLiesOutsideIsLeftOut() {
    Image image(10, 10);
    draw_label(image, -300, -300, "text", {16, 0xFF});
    draw_label(image, 300, 300, "text", {16, 0xFF});
    QCOMPARE(ink(image), int64_t{0});
    draw_label(image, -8, -4, "WWW", {16, 0xFF});
    QVERIFY(ink(image) > 0);
  }

  void tooSmallLettersAreRefused() { QVERIFY_EXCEPTION_THROWN(label_width("x", {2, 0}), std::invalid_argument); }
};

DARKROOM_TEST(LabelTextTest);
#include "label_text_test.moc"
