// SPDX-License-Identifier: Apache-2.0
#include "core/image/cropped_decode.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/image/animation.h"
#include "core/image/exif.h"
#include "core/image/image_encode.h"
#include "core/image/jpeg_reader.h"
#include "core/image/upright.h"
#include "tests/byte_view.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::bytes_of;

namespace {

// Soft colours and two edges, as photographs have them.
Image photograph(int width, int height) {
  Image image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool inside = x > width / 3 && y > height / 2;
      for (int c = 0; c < Image::channels; ++c) {
        const double value = 120 + 80 * std::sin((x + 50 * c) / 40.0) * std::cos(y / 60.0) + (inside ? 30 : 0);
        image.row(y)[x * Image::channels + c] = static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
      }
    }
  }
  return image;
}

// Strokes of one to three pixels, as print and line art have them: a pixel that is shared out wrongly shows.
Image strokes(int width, int height) {
  Image image(width, height);
  std::fill(image.pixels.begin(), image.pixels.end(), uint8_t{255});
  uint32_t state = 3;
  const auto below = [&state](int limit) {
    state = state * 1664525U + 1013904223U;
    return static_cast<int>((state >> 8) % static_cast<uint32_t>(limit));
  };
  for (int i = 0; i < width * height / 400; ++i) {
    const int x = below(width);
    const int y = below(height);
    const int length = 6 + below(15);
    const int thickness = 1 + below(3);
    const int slope = below(3);  // across, down, along the diagonal
    for (int step = 0; step < length; ++step) {
      for (int line = 0; line < thickness; ++line) {
        const int at_x = x + (slope == 1 ? line : step);
        const int at_y = y + (slope == 0 ? line : slope == 1 ? step : step + line);
        if (at_x < width && at_y < height) {
          std::fill_n(image.row(at_y) + static_cast<ptrdiff_t>(at_x) * Image::channels, Image::channels, uint8_t{0});
        }
      }
    }
  }
  return image;
}

// Squares of the purest colours: what a smoothed colour plane does to their edges shows most.
Image saturated(int width, int height) {
  constexpr std::array<std::array<uint8_t, 3>, 6> colours{
      {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 0}, {0, 255, 255}, {255, 0, 255}}};
  Image image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::array<uint8_t, 3>& colour = colours.at(static_cast<size_t>(x / 19 + y / 23 * 2) % colours.size());
      std::copy(colour.begin(), colour.end(), image.row(y) + static_cast<ptrdiff_t>(x) * Image::channels);
    }
  }
  return image;
}

std::string jpeg_of(const Image& image) { return encode_image(image, ImageFormat::jpeg, {}, 92); }

Image full_path(const std::string& file, int side) { return centre_crop_resize(decode_image(bytes_of(file), "picture"), side, side); }

std::string with_orientation(const std::string& file, char orientation) {
  // A little-endian TIFF block of one entry: tag 0x0112, type SHORT, count 1.
  const std::string block("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x01\0\0\0\0\0\0\0", 26);
  std::string turned = block;
  turned[18] = orientation;
  return insert_exif(file, ImageFormat::jpeg, turned);
}

}  // namespace

class CroppedDecodeTest : public QObject {
  Q_OBJECT
 private slots:
  void largeJpegsAreNearlyTheFullPath_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("side");
    QTest::addColumn<int>("denominator");
    QTest::newRow("half") << 512 << 512 << 256 << 2;
    QTest::newRow("half and wide") << 900 << 512 << 256 << 2;
    QTest::newRow("half and wide by an odd number") << 518 << 512 << 256 << 1;
    QTest::newRow("2.2 times") << 282 << 282 << 128 << 1;
    QTest::newRow("2.7 times and odd") << 1023 << 701 << 256 << 1;
    QTest::newRow("3.3 times") << 422 << 422 << 128 << 1;
    QTest::newRow("quarter, in blocks of two") << 1024 << 1300 << 256 << 2;
    QTest::newRow("quarter") << 512 << 520 << 128 << 4;
    QTest::newRow("5 times") << 640 << 640 << 128 << 1;
    QTest::newRow("6 times") << 768 << 768 << 128 << 2;
    QTest::newRow("eighth") << 1040 << 1024 << 128 << 8;
    QTest::newRow("11.9 times") << 762 << 762 << 64 << 1;
    QTest::newRow("12.6 times") << 806 << 806 << 64 << 2;
    QTest::newRow("12.6 times and odd") << 807 << 807 << 64 << 1;
    QTest::newRow("26.1 times") << 1672 << 1672 << 64 << 4;
    QTest::newRow("50.3 times") << 1608 << 1608 << 32 << 8;
  }

  void largeJpegsAreNearlyTheFullPath() {
    QFETCH(const int, width);
    QFETCH(const int, height);
    QFETCH(const int, side);
    QFETCH(const int, denominator);
    for (const Image& image : {photograph(width, height), strokes(width, height)}) {
      const std::string file = jpeg_of(image);
      const ImageInfo info = read_image_info(bytes_of(file), "picture");
      QCOMPARE(averaging_denominator(info, centre_crop(width, height, side, side), side, side), denominator);
      const Image fast = decode_cropped(bytes_of(file), "picture", side, side);
      QCOMPARE(fast.width, side);
      const Image full = full_path(file, side);
      const double psnr = psnr_db(fast, full);
      QVERIFY2(psnr >= 40, qPrintable(QString::number(psnr)));
      QCOMPARE(fast != full, can_scale_jpeg() && denominator > 1);  // it did take the other path
    }
  }

  // 4:2:0 at exactly a half: the full path cuts colours off at 0 and 255 pixel by pixel.
  void edgesOfSaturatedColoursAreKept() {
    const std::string file = jpeg_of(saturated(512, 512));
    const Image full = full_path(file, 256);
    if (can_scale_jpeg()) {
      const double unseen = psnr_db(read_jpeg(bytes_of(file), 2)->image, full);
      QVERIFY2(unseen < 40, qPrintable(QString::number(unseen)));  // else this picture proves nothing
    }
    QVERIFY(psnr_db(decode_cropped(bytes_of(file), "picture", 256, 256), full) >= 40);
  }

  // Shapes of all colours but the purest: the colours of the half picture are smoothed as the full path smooths them. As they are stored
  // they would be 41 dB away.
  void coloursOfAHalfPictureAreSmoothed() {
    Image softer = saturated(512, 512);
    for (uint8_t& value : softer.pixels) {
      value = static_cast<uint8_t>(128 + (value - 128) * 3 / 10);
    }
    for (const auto& [width, height] : {std::pair(512, 512), std::pair(510, 506), std::pair(18, 22), std::pair(16, 2)}) {
      const std::string file = jpeg_of(crop_image(softer, {.x = 0, .y = 0, .width = width, .height = height}));
      const std::optional<ScaledJpeg> fast = read_jpeg(bytes_of(file), 2, ScaledColours::sharp);
      QCOMPARE(fast.has_value(), can_scale_jpeg());
      if (fast) {
        const double psnr = psnr_db(fast->image, resize_image(decode_image(bytes_of(file), "picture"), width / 2, height / 2));
        QVERIFY2(psnr >= 50, qPrintable(QString::number(psnr)));
      }
    }
  }

  void coloursOfAJpegInSeveralScansAreSmoothedToo() {
    const std::string file = read_file(std::string(DARKROOM_SOURCE_DIR) + "/tests/core/image/data/progressive_420.jpg");
    if (const std::optional<ScaledJpeg> fast = read_jpeg(bytes_of(file), 2, ScaledColours::sharp)) {
      const Image full = decode_image(bytes_of(file), "picture");
      QVERIFY(psnr_db(fast->image, resize_image(full, full.width / 2, full.height / 2)) >= 45);
    }
  }

  // Neither more nor less than what shows: shapes that are softened until the half picture is good enough are taken from it.
  void softerEdgesAreTakenFromTheHalfPicture() {
    if (!can_scale_jpeg()) {
      QSKIP("built without libjpeg");
    }
    const Image hard = saturated(512, 512);
    for (const int percent : {100, 60, 40, 30, 20, 10}) {
      Image pale = hard;
      std::transform(hard.pixels.begin(), hard.pixels.end(), pale.pixels.begin(),
                     [&](uint8_t value) { return static_cast<uint8_t>(128 + (value - 128) * percent / 100); });
      const std::string file = jpeg_of(pale);
      const Image fast = decode_cropped(bytes_of(file), "picture", 256, 256);
      const Image full = full_path(file, 256);
      QVERIFY(psnr_db(fast, full) >= 40);
      QVERIFY(percent != 10 || fast != full);
      QVERIFY(percent != 100 || fast == full);
    }
  }

  // Colour planes that are halved across alone would be halved again.
  void picturesWithColoursHalvedOneWayAreDecodedInFull() {
    const std::string file = read_file(std::string(DARKROOM_SOURCE_DIR) + "/tests/core/image/data/saturated_422.jpg");
    QVERIFY(decode_cropped(bytes_of(file), "picture", 128, 128) == full_path(file, 128));
    QVERIFY(!read_jpeg(bytes_of(file), 2, ScaledColours::sharp));
    QCOMPARE(read_jpeg(bytes_of(file), 2).has_value(), can_scale_jpeg());
  }

  // Latents of two decoders must not mix (LatentRecipe): another rule or library is another name. Whoever changes the pixels sees this
  // fail, raises reduction_rule in cropped_decode.cpp, and writes the new name and sum here.
  void whoeverChangesThePixelsChangesTheName() {
    QVERIFY(decoder_name().starts_with(image_library()));
    QCOMPARE(decoder_name().find("reduced by rule") != std::string::npos, can_scale_jpeg());
    uint64_t sum = 0;
    for (const Image& image : {strokes(512, 512), saturated(512, 512), photograph(512, 512)}) {
      const std::string file = jpeg_of(image);
      for (const int side : {256, 128, 64}) {
        for (const uint8_t value : decode_cropped(bytes_of(file), "picture", side, side).pixels) {
          sum = sum * 1099511628211U + value;
        }
      }
    }
    if (decoder_name() == "opencv 4.6.0, libjpeg-turbo 2.1.5, reduced by rule 3") {
      QCOMPARE(sum, uint64_t{10721090916795425324U});
    }
  }

  void whatIsNotTwiceAsLargeIsTheFullPath() {
    const std::string file = jpeg_of(photograph(511, 600));
    QVERIFY(decode_cropped(bytes_of(file), "picture", 256, 256) == full_path(file, 256));
    const std::string png = encode_png(photograph(600, 600));
    QVERIFY(decode_cropped(bytes_of(png), "picture", 128, 128) == full_path(png, 128));
  }

  void aPictureOnItsSideIsTurned() {
    for (const char orientation : {'\x02', '\x03', '\x06', '\x08'}) {
      for (const int width : {600, 605}) {  // the second's blocks end off the corner from which a turned picture is cropped
        const std::string file = with_orientation(jpeg_of(strokes(width, 512)), orientation);
        const Image turned = decode_cropped(bytes_of(file), "picture", 128, 128);
        QVERIFY(psnr_db(turned, full_path(file, 128)) >= 40);
        QCOMPARE(turned != full_path(file, 128), can_scale_jpeg() && width == 600);
      }
    }
  }

  void cutAndForeignFilesAreRefused() {
    const std::string file = jpeg_of(photograph(512, 512));
    QVERIFY_EXCEPTION_THROWN(decode_cropped(bytes_of(file.substr(0, file.size() / 2)), "picture", 64, 64), Error);
    QVERIFY_EXCEPTION_THROWN(decode_cropped(bytes_of("no picture"), "picture", 64, 64), Error);
  }

  void damagedDataAreCountedAndNeverCrash() {
    if (!can_scale_jpeg()) {
      QSKIP("built without libjpeg");
    }
    const std::string file = jpeg_of(photograph(300, 300));
    QCOMPARE(read_jpeg(bytes_of(file), 1)->facts.warnings, 0);
    int warned = 0;
    for (size_t at = 700; at < file.size() - 2; at += 97) {
      std::string damaged = file;
      damaged[at] = '\xFF';
      damaged[at + 1] = '\xD0';  // a restart marker where none belongs
      const std::optional<ScaledJpeg> read = read_jpeg(bytes_of(damaged), 2);
      warned += read && read->facts.warnings > 0 ? 1 : 0;
    }
    QVERIFY(warned > 0);
    QVERIFY(!read_jpeg(bytes_of("\xFF\xD8\xFF junk"), 1));
    QVERIFY_EXCEPTION_THROWN(read_jpeg(bytes_of(file), 3), std::invalid_argument);
  }

  void aSmallerPictureHasAtLeastTheAskedSide() {
    const std::string file = jpeg_of(photograph(1000, 800));
    const Image small = decode_at_least(bytes_of(file), "picture", 90);
    QVERIFY(std::min(small.width, small.height) >= 90);
    QVERIFY(!can_scale_jpeg() || small.height == 100);
    QCOMPARE(decode_at_least(bytes_of(file), "picture", 5000).width, 1000);
  }

  void movingPicturesAreTold() {
    QVERIFY(is_animated(bytes_of("GIF89a.....")));
    QVERIFY(!is_animated(bytes_of(encode_png(Image(4, 4)))));
    QVERIFY(!is_animated(bytes_of(jpeg_of(photograph(32, 32)))));
    std::string png = encode_png(Image(4, 4));
    png.insert(33, std::string("\0\0\0\x08"
                               "acTL\0\0\0\x02\0\0\0\0\0\0\0\0",
                               20));
    QVERIFY(is_animated(bytes_of(png)));
    std::string webp("RIFF\x20\0\0\0WEBPVP8X\x0A\0\0\0\x02\0\0\0", 24);
    QVERIFY(is_animated(bytes_of(webp)));
    webp[20] = '\x10';
    QVERIFY(!is_animated(bytes_of(webp)));
    QVERIFY(!is_animated({}));
  }

  void psnrIsThatOfItsFormula() {
    Image a(2, 1);
    Image b = a;
    b.pixels[0] = 3;
    QVERIFY(std::abs(psnr_db(a, b) - 10 * std::log10(255.0 * 255.0 / 1.5)) < 1e-9);
    QVERIFY(std::isinf(psnr_db(a, a)));
    QVERIFY_EXCEPTION_THROWN(psnr_db(a, Image(1, 2)), std::invalid_argument);
  }
};

DARKROOM_TEST(CroppedDecodeTest);
#include "cropped_decode_test.moc"
