// SPDX-License-Identifier: Apache-2.0
#include "core/download/picture_maker.h"

#include <cmath>

#include "core/base/digest.h"
#include "core/base/error.h"
#include "core/image/image_decode.h"
#include "core/image/image_encode.h"
#include "tests/byte_view.h"
#include "tests/core/download/picture_host.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

namespace {

MadePicture made(const std::string& file, const PictureOptions& options) { return make_picture(bytes_of(file), options); }

Image decoded(const MadePicture& picture) { return decode_image(bytes_of(picture.bytes), "made"); }

PictureOptions options_for(ResizeMode mode, int size) {
  PictureOptions options;
  options.resize_mode = mode;
  options.image_size = size;
  return options;
}

// Leaves, hair and edges: noise over waves, so that a wrong sample shows.
Image detailed(int width, int height) {
  Image image(width, height);
  uint32_t state = 7;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      uint8_t* at = image.row(y) + static_cast<ptrdiff_t>(x) * Image::channels;
      state = state * 1664525U + 1013904223U;
      const int noise = static_cast<int>(state >> 29) - 4;
      const double wave = 100 + 60 * std::sin(x * 0.11) * std::cos(y * 0.07) + ((x / 90 + y / 70) % 2 == 0 ? 40 : 0);
      at[0] = static_cast<uint8_t>(std::clamp(wave + noise, 0.0, 255.0));
      at[1] = static_cast<uint8_t>(std::clamp(wave * 0.8 + noise + 20, 0.0, 255.0));
      at[2] = static_cast<uint8_t>(std::clamp(255 - wave + noise, 0.0, 255.0));
    }
  }
  return image;
}

double psnr(const Image& a, const Image& b) {
  double sum = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    const double difference = static_cast<double>(a.pixels[i]) - b.pixels[i];
    sum += difference * difference;
  }
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.pixels.size()) / sum);
}

}  // namespace

class PictureMakerTest : public QObject {
  Q_OBJECT

 private slots:
  void sidesAreThoseOfTheModes() {
    const auto plan = [](ResizeMode mode, int width, int height) { return plan_resize(options_for(mode, 512), width, height); };
    QCOMPARE(plan(ResizeMode::keep_ratio, 1000, 750).width, 683);  // 750 -> 512: 682.67
    QCOMPARE(plan(ResizeMode::keep_ratio, 1000, 750).height, 512);
    QCOMPARE(plan(ResizeMode::keep_ratio_largest, 1000, 750).height, 384);
    const ResizePlan crop = plan(ResizeMode::center_crop, 1000, 750);
    QCOMPARE(crop.width, 683);
    QCOMPARE(std::pair(crop.final_width, crop.final_height), std::pair(512, 512));
    const ResizePlan border = plan(ResizeMode::border, 1000, 750);
    QCOMPARE(std::pair(border.width, border.height), std::pair(512, 384));
    QCOMPARE(std::pair(border.final_width, border.final_height), std::pair(512, 512));
    QCOMPARE(std::pair(plan(ResizeMode::fixed, 1000, 750).width, plan(ResizeMode::fixed, 1000, 750).height), std::pair(512, 512));
    QVERIFY(!plan(ResizeMode::no, 1000, 750).resizes);
    QCOMPARE(plan(ResizeMode::keep_ratio_largest, 5000, 2).height, 1);  // never nothing
    // Halves to even: 3 * 5 / 6 = 2.5.
    QCOMPARE(plan_resize(options_for(ResizeMode::keep_ratio_largest, 5), 6, 3).height, 2);
    QVERIFY(plan(ResizeMode::keep_ratio, 100, 75).resizes);
    PictureOptions options = options_for(ResizeMode::keep_ratio, 512);
    options.enlarging = Enlarging::never;
    QVERIFY(!plan_resize(options, 100, 75).resizes);
    QVERIFY(plan_resize(options, 1000, 750).resizes);
  }

  void everyModeMakesWhatItsPlanSays() {
    const std::string file = encode_image(detailed(300, 200), ImageFormat::jpeg);
    for (const ResizeMode mode : {ResizeMode::no, ResizeMode::keep_ratio, ResizeMode::keep_ratio_largest, ResizeMode::center_crop,
                                  ResizeMode::border, ResizeMode::fixed}) {
      for (const int size : {50, 128, 400}) {
        const PictureOptions options = options_for(mode, size);
        const MadePicture picture = made(file, options);
        QCOMPARE(picture.error, std::string());
        const ResizePlan plan = plan_resize(options, 300, 200);
        const Image image = decoded(picture);
        QCOMPARE(std::pair(image.width, image.height), std::pair(plan.final_width, plan.final_height));
        QCOMPARE(std::pair(picture.width, picture.height), std::pair(image.width, image.height));
        QCOMPARE(std::pair(picture.original_width, picture.original_height), std::pair(300, 200));
      }
    }
  }

  void aBorderIsWhiteAndThePictureInTheMiddle() {
    const Image image = decoded(made(encode_png(Image(100, 50)), options_for(ResizeMode::border, 64)));
    QVERIFY(image.row(2)[0] > 250 && image.row(61)[3 * 63] > 250);
    QVERIFY(image.row(32)[3 * 32] < 5);
    const Image crop = decoded(made(encode_image(detailed(128, 64), ImageFormat::png), options_for(ResizeMode::center_crop, 64)));
    const Image middle = crop_image(detailed(128, 64), {.x = 32, .y = 0, .width = 64, .height = 64});
    QVERIFY(psnr(crop, middle) > 30);
  }

  void scaledDecodingLosesNothingVisible() {
    // Against all pixels decoded and then averaged by area: the issue asks for 40 dB.
    for (const auto& [width, height, size] :
         {std::tuple(1024, 1024, 512), {2048, 1024, 256}, {1501, 999, 150}, {2048, 2048, 200}, {1700, 1700, 100}}) {
      const std::string file = encode_image(detailed(width, height), ImageFormat::jpeg, {}, 92);
      PictureOptions options = options_for(ResizeMode::keep_ratio, size);
      options.format = PictureFormat::png;
      options.quality = 1;
      const Image scaled = decoded(made(file, options));
      const Image full = resize_image(decode_image(bytes_of(file), "full"), scaled.width, scaled.height);
      QVERIFY2(psnr(scaled, full) >= 40,
               qPrintable(QString("%1x%2 to %3: %4 dB").arg(width).arg(height).arg(size).arg(psnr(scaled, full))));
    }
  }

  void orientationIsAppliedBeforeTheModes() {
    const std::string file = PictureHost::picture("/turned/3.jpg");
    const MadePicture picture = made(file, options_for(ResizeMode::keep_ratio, 40));
    QCOMPARE(std::pair(picture.original_width, picture.original_height), std::pair(40, 80));
    QCOMPARE(std::pair(picture.width, picture.height), std::pair(40, 80));
    QCOMPARE(picture.exif, std::string("{\"Image Orientation\":\"Rotated 90 CW\"}"));
    const MadePicture half = made(file, options_for(ResizeMode::keep_ratio, 20));
    QCOMPARE(std::pair(half.width, half.height), std::pair(20, 40));
    QCOMPARE(made(PictureHost::picture("/picture/3.jpg"), {}).exif, std::string("{}"));
  }

  void whatIsNotWantedHasItsWords() {
    const std::string file = encode_image(detailed(300, 100), ImageFormat::jpeg);
    PictureOptions options;
    options.min_image_size = 101;
    QCOMPARE(made(file, options).error, std::string("image too small"));
    options.min_image_size = 100;
    QCOMPARE(made(file, options).error, std::string());
    options.max_image_area = 29'999;
    QCOMPARE(made(file, options).error, std::string("image area too large"));
    options.max_image_area = 30'000;
    options.max_aspect_ratio = 2.9;
    QCOMPARE(made(file, options).error, std::string("aspect ratio too large"));
    options.max_aspect_ratio = 3;
    QCOMPARE(made(file, options).error, std::string());
  }

  void whatIsNoPictureIsSaidToBeNone() {
    const std::string good = PictureHost::picture("/picture/1.jpg");
    for (const std::string& file : {std::string(), std::string("<html></html>"), good.substr(0, good.size() / 2), good.substr(0, 30),
                                    PictureHost::picture("/picture/1.png").substr(0, 120)}) {
      const MadePicture picture = made(file, {});
      QCOMPARE(picture.error, std::string("Image decoding error"));
      QVERIFY(!picture.detail.empty());
      QVERIFY(picture.bytes.empty());
    }
    QVERIFY(made(good.substr(0, good.size() / 2), {}).detail.find("cut short") != std::string::npos);
  }

  void transparencyLiesOnWhite() {
    // 32x16 RGBA: transparent black on the left, opaque black on the right.
    const QByteArray png = QByteArray::fromBase64(
        "iVBORw0KGgoAAAANSUhEUgAAACAAAAAQCAYAAAB3AH1ZAAAAIklEQVR42mNgoBz8pxCPOmDUAaMOGHXAqANGHTDqgIF1AADbzv8BugXj+QAAAA"
        "BJRU5ErkJggg==");
    PictureOptions options = options_for(ResizeMode::no, 8);
    const Image image = decoded(made(png.toStdString(), options));
    QCOMPARE(std::pair(image.width, image.height), std::pair(32, 16));
    QVERIFY(image.row(8)[3 * 4] > 240 && image.row(8)[3 * 28] < 15);
    options.format = PictureFormat::png;
    options.quality = 6;
    options.reencoding = Reencoding::only_if_needed;
    QVERIFY(made(png.toStdString(), options).bytes != png.toStdString());
  }

  void bytesAreKeptOnlyWhereNothingIsToDo() {
    const std::string file = PictureHost::picture("/picture/4.jpg");
    PictureOptions options = options_for(ResizeMode::no, 512);
    QVERIFY(made(file, options).bytes != file);
    options.reencoding = Reencoding::only_if_needed;
    QCOMPARE(made(file, options).bytes, file);
    QVERIFY(made(PictureHost::picture("/turned/4.jpg"), options).bytes != PictureHost::picture("/turned/4.jpg"));
    QVERIFY(made(PictureHost::picture("/picture/4.png"), options).bytes.starts_with("\xFF\xD8"));
    options.resize_mode = ResizeMode::keep_ratio;
    QVERIFY(made(file, options).bytes != file);
  }

  void formatsAndQualities() {
    const std::string file = PictureHost::picture("/large/4.jpg");
    PictureOptions options = options_for(ResizeMode::keep_ratio, 64);
    const size_t fine = made(file, options).bytes.size();
    options.quality = 10;
    QVERIFY(made(file, options).bytes.size() < fine);
    options.format = PictureFormat::webp;
    options.quality = 80;
    QVERIFY(made(file, options).bytes.starts_with("RIFF"));
    options.format = PictureFormat::png;
    options.quality = 9;
    QVERIFY(made(file, options).bytes.starts_with("\x89PNG"));
  }

  void optionsThatDoNotFitAreRefused() {
    DownloadOptions options;
    options.picture.format = PictureFormat::png;
    QVERIFY_EXCEPTION_THROWN(check_options(options), Error);
    options.picture.quality = 9;
    check_options(options);
    options.picture.max_aspect_ratio = 0.5;
    QVERIFY_EXCEPTION_THROWN(check_options(options), Error);
    QVERIFY_EXCEPTION_THROWN(resize_mode_named("crop"), Error);
  }

  void md5IsThatOfItsStandard() {
    QCOMPARE(digest_of(DigestKind::md5, "abc"), std::string("900150983cd24fb0d6963f7d28e17f72"));
    QCOMPARE(digest_of(DigestKind::md5, ""), std::string("d41d8cd98f00b204e9800998ecf8427e"));
  }
};

DARKROOM_TEST(PictureMakerTest);
#include "picture_maker_test.moc"
