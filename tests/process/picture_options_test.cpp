// SPDX-License-Identifier: Apache-2.0
// `darkroom-engine generate` beyond text to image: start pictures, masks, second passes, variations, samplers, formats, grids.
#include <QFile>
#include <QTemporaryDir>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/image/image_decode.h"
#include "core/image/image_encode.h"
#include "tests/process/engine_program.h"
#include "tests/process/engine_traces.h"
#include "tests/test_registry.h"

using darkroom::Image;
using darkroom::test::content;
using darkroom::test::EngineResult;
using darkroom::test::run_engine;

namespace {

// The tensor's bytes of a file with one tensor.
QByteArray data_of(const QString& path) {
  const QByteArray file = content(path);
  uint64_t header = 0;
  std::memcpy(&header, file.constData(), sizeof header);
  return file.mid(static_cast<qsizetype>(8 + header));
}

// Of two tensors of float32; infinite where they differ in length or a value is not finite.
float largest_tensor_difference(const QByteArray& left, const QByteArray& right) {
  float largest = left.size() == right.size() && !left.isEmpty() ? 0 : std::numeric_limits<float>::infinity();
  for (qsizetype i = 0; i + 4 <= std::min(left.size(), right.size()); i += 4) {
    float a = 0;
    float b = 0;
    std::memcpy(&a, left.constData() + i, sizeof a);
    std::memcpy(&b, right.constData() + i, sizeof b);
    largest = std::isfinite(a - b) ? std::max(largest, std::abs(a - b)) : std::numeric_limits<float>::infinity();
  }
  return largest;
}

Image gradient(int width, int height) {
  Image image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      uint8_t* const pixel = image.row(y) + static_cast<ptrdiff_t>(x) * Image::channels;
      pixel[0] = static_cast<uint8_t>(255 * x / width);
      pixel[1] = static_cast<uint8_t>(255 * y / height);
      pixel[2] = 90;
    }
  }
  return image;
}

// Black at the left, white from the middle on.
Image half_mask(int width, int height) {
  Image image(width, height);
  for (int y = 0; y < height; ++y) {
    std::fill(image.row(y) + image.row_bytes() / 2, image.row(y) + image.row_bytes(), uint8_t{255});
  }
  return image;
}

Image picture(const QString& path) { return darkroom::read_image_file(path.toStdString()); }
void save(const Image& image, const QString& path) { darkroom::write_png(path.toStdString(), image); }

}  // namespace

class PictureOptionsTest : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;

  QString file(const char* name) const { return m_folder.filePath(QString::fromUtf8(name)); }

  EngineResult generate(const QString& out, const QStringList& more, const QString& seed = "1") const {
    return run_engine(
        QStringList{"generate", "--prompt", "a red apple", "--steps", "4", "--cfg", "3", "--seed", seed, "--out", out, "--json"} + more);
  }

 private slots:
  void initTestCase() {
    save(gradient(96, 96), file("start.png"));
    save(half_mask(96, 96), file("mask.png"));
  }

  void lowStrengthKeepsThePicture() {
    const auto distance = [&](const char* name, const char* strength) {
      const QString out = file(name);
      if (generate(out, {"--init-image", file("start.png"), "--strength", strength}).exit_code != 0) {
        return -1.0;
      }
      const Image made = picture(out);
      const Image start = gradient(96, 96);
      double sum = 0;
      for (size_t i = 0; i < made.pixels.size(); ++i) {
        sum += std::abs(made.pixels[i] - start.pixels[i]);
      }
      return sum / static_cast<double>(made.pixels.size());
    };
    const double none = distance("none.png", "0");
    const double some = distance("some.png", "0.25");
    const double all = distance("all.png", "1");
    QVERIFY2(none >= 0 && none < 20, qPrintable(QString::number(none)));
    QVERIFY2(none < some && some < all, qPrintable(QString("%1 %2 %3").arg(none).arg(some).arg(all)));
  }

  void maskKeepsItsBlackPixelsBitForBit() {
    const QString out = file("masked.png");
    QCOMPARE(
        generate(out, {"--init-image", file("start.png"), "--mask", file("mask.png"), "--strength", "1", "--mask-blur", "2"}).exit_code, 0);
    const Image made = picture(out);
    const Image start = gradient(96, 96);
    int changed = 0;
    for (int y = 0; y < 96; ++y) {
      const auto kept = static_cast<ptrdiff_t>(40) * Image::channels;
      QVERIFY(std::equal(made.row(y), made.row(y) + kept, start.row(y)));
      for (size_t i = 56 * Image::channels; i < made.row_bytes(); ++i) {
        changed += made.row(y)[i] != start.row(y)[i] ? 1 : 0;
      }
    }
    QVERIFY2(changed > 96 * 40 * 3 / 2, qPrintable(QString::number(changed)));
  }

  void settingsThatExcludeEachOtherAreRefused() {
    QCOMPARE(generate(file("x.png"), {"--mask", file("mask.png")}).exit_code, 2);
    QCOMPARE(generate(file("x.png"), {"--init-image", file("start.png"), "--mask", file("mask.png"), "--hires", "2"}).exit_code, 2);
    save(gradient(64, 96), file("other.png"));
    const EngineResult sizes = generate(file("x.png"), {"--init-image", file("start.png"), "--mask", file("other.png")});
    QCOMPARE(sizes.exit_code, 2);
    QVERIFY(sizes.output.contains("64x96"));
    const EngineResult lora = run_engine({"generate", "--prompt", "a <lora:none:1> dog", "--steps", "1", "--out", file("x.png"), "--json"});
    QCOMPARE(lora.exit_code, 3);
    QVERIFY(lora.output.contains("none.safetensors"));
    QVERIFY(!QFile::exists(file("x.png")));
  }

  void secondPassIsLarger() {
    const QString out = file("large.png");
    QCOMPARE(generate(out, {"--hires", "1.5:4:0.5"}).exit_code, 0);
    QVERIFY(picture(out).width == 144 && picture(out).height == 144);
    QCOMPARE(generate(file("again.png"), {"--like", out}).exit_code, 0);
    QVERIFY(picture(file("again.png")) == picture(out));
  }

  void variationsMoveFromTheirSeed() {
    const auto latents = [&](const char* name, const QStringList& more) {
      const QString path = file(name);
      return generate(file("v.png"), more + QStringList{"--save-latents", path}).exit_code == 0 ? data_of(path) : QByteArray();
    };
    const QByteArray plain = latents("plain", {});
    QVERIFY(!plain.isEmpty());
    QCOMPARE(latents("zero", {"--variation-seed", "9", "--variation-strength", "0"}), plain);
    const QByteArray some = latents("some", {"--variation-seed", "9", "--variation-strength", "0.3"});
    QVERIFY(some != plain && some.size() == plain.size());
    // All the way is the other seed's picture, as DDIM draws no more noise.
    const QByteArray far = latents("far", {"--variation-seed", "9", "--variation-strength", "1"});
    QCOMPARE(generate(file("n.png"), {"--save-latents", file("nine")}, "9").exit_code, 0);
    QVERIFY2(largest_tensor_difference(far, data_of(file("nine"))) < 1e-3F, "strength 1 is not the variation seed's own picture");
    QVERIFY(largest_tensor_difference(some, plain) > 1e-2F);
  }

  void everySamplerMakesAPictureAndBatchesDoNotMatter_data() {
    QTest::addColumn<QString>("sampler");
    for (const char* name : {"ddim", "pndm", "euler", "euler_a", "heun", "dpm2", "dpm2_a", "lms", "dpmpp_2m", "dpmpp_2m_sde", "dpmpp_sde",
                             "dpmpp_3m_sde", "unipc", "deis", "lcm", "ddpm"}) {
      QTest::newRow(name) << name;
    }
  }
  void everySamplerMakesAPictureAndBatchesDoNotMatter() {
    QFETCH(QString, sampler);
    const QStringList same{"--sampler", sampler};
    const QString together = file("together");
    const QString alone = file("alone");
    QCOMPARE(generate(file("t"), same + QStringList{"--count", "2", "--batch", "2", "--save-latents", together}).exit_code, 0);
    QCOMPARE(generate(file("o"), same + QStringList{"--save-latents", alone}, "2").exit_code, 0);
    const QByteArray all = data_of(together);
    const QByteArray one = data_of(alone);
    QCOMPARE(all.size(), 2 * one.size());
    const float largest = largest_tensor_difference(all.mid(one.size()), one);
    QVERIFY2(largest < 1e-3F, qPrintable(QString::number(largest)));  // matrix products of another batch round otherwise
  }

  void theEndingNamesTheFormatAndSettingsAreInAllOfThem() {
    for (const char* name : {"p.jpg", "p.webp"}) {
      QCOMPARE(generate(file(name), {}).exit_code, 0);
      QVERIFY(picture(file(name)).width == 96 && picture(file(name)).height == 96);
      QCOMPARE(run_engine({"generate", "--like", file(name), "--out", file("from.png")}).exit_code, 0);
    }
    QVERIFY(content(file("p.jpg")).startsWith("\xff\xd8"));
    QVERIFY(content(file("p.webp")).startsWith("RIFF"));
    QCOMPARE(generate(file("plain.png"), {}).exit_code, 0);
    QVERIFY(picture(file("from.png")) == picture(file("plain.png")));
  }

  void gridMakesEqualCellsOnce() {
    const EngineResult result =
        generate(file("cells"), {"--grid", "x=cfg:1,3", "--grid", "y=replace:red,red,green", "--sheet", file("grid.png")});
    QCOMPARE(result.exit_code, 0);
    QCOMPARE(result.last()["images"].get<int>(), 4);  // two columns, three rows of which two are alike
    QVERIFY(picture(file("grid.png")).width > 2 * 96);
    QVERIFY(picture(file("grid.png")).height > 3 * 96);
    QCOMPARE(generate("", {"--grid", "x=cgf:1", "--sheet", file("grid.png")}).exit_code, 2);
    QCOMPARE(generate("", {"--grid", "x=cfg:1,99", "--sheet", file("grid.png")}).exit_code, 2);
    QCOMPARE(generate("", {"--grid", "x=cfg:1", "--grid", "x=steps:1", "--sheet", file("grid.png")}).exit_code, 2);
  }

  void weightsOfThePromptCount() {
    const auto latents = [&](const QStringList& more) {
      const QString path = file("w");
      return run_engine(QStringList{"generate", "--steps", "2", "--seed", "4", "--out", file("w.png"), "--save-latents", path} + more)
                         .exit_code == 0
                 ? data_of(path)
                 : QByteArray();
    };
    const QByteArray plain = latents({"--prompt", "a red apple"});
    QVERIFY(!plain.isEmpty());
    QVERIFY(latents({"--prompt", "a (red:1.5) apple"}) != plain);
    QCOMPARE(latents({"--prompt", "a (red:1.5) apple", "--emphasis", "none"}), plain);
    QVERIFY(latents({"--prompt", "a [red:green:0.1] apple"}) != plain);
    QVERIFY(latents({"--prompt", "a red apple AND a tree"}) != plain);
    QVERIFY(latents({"--prompt", "a (red:1.5) apple", "--prompt-syntax", "plain"}) != latents({"--prompt", "a (red:1.5) apple"}));
  }
};

DARKROOM_TEST(PictureOptionsTest);
#include "picture_options_test.moc"
