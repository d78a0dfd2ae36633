// SPDX-License-Identifier: GPL-3.0-or-later
// What the Generate page asks for, made by the real engine with the pocket model.
#include <QImage>

#include "app/viewmodels/grid_axis.h"
#include "core/base/atomic_file.h"
#include "tests/app/studio_fixture.h"
#include "tests/process/studio_patience.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT
using darkroom::app::fixture::kPatience_ms;

namespace {

EngineCommand realEngine() {
  fixture::fakeEngine();  // for the resources of the source tree
  return {QStringLiteral(DARKROOM_BUILD_DIR "/bin/darkroom-engine"), {}, {}};
}

/// A studio on the real engine, set to a small picture with few steps.
struct RealStudio : fixture::Studio {
  RealStudio() : Studio(realEngine()) {
    engine.start();
    generate->setPrompt("a red apple");
    generate->setSteps(6);
    generate->setWidth(96);
    generate->setHeight(96);
    generate->setSeed(3);
    generate->setSeedLocked(true);
  }
  /// The next picture, as its file has it.
  QImage make() {
    const int before = gallery->total();
    generate->generate();
    const bool made = QTest::qWaitFor([&] { return gallery->total() > before || !generate->errorText().isEmpty(); }, kPatience_ms);
    if (!made || !generate->errorText().isEmpty()) {
      qWarning("no picture: %s %s", qPrintable(generate->errorText()), qPrintable(generate->errorDetail()));
      return {};
    }
    return QImage(gallery->at(0).filePath).convertToFormat(QImage::Format_RGB888);
  }
};

double meanDifference(const QImage& one, const QImage& other, const QRect& part) {
  double sum = 0;
  for (int y = part.top(); y <= part.bottom(); ++y) {
    for (int x = part.left(); x <= part.right(); ++x) {
      sum += std::abs(qGray(one.pixel(x, y)) - qGray(other.pixel(x, y)));
    }
  }
  return sum / (part.width() * part.height());
}

/// A LoRA of rank 1 on the middle of the pocket UNet, strong enough to show.
std::string loraFile() {
  constexpr int width = 160;
  const std::string layer = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_v";
  Json header;
  header[layer + ".lora_down.weight"] = {{"dtype", "F32"}, {"shape", {1, width}}, {"data_offsets", {0, 4 * width}}};
  header[layer + ".lora_up.weight"] = {{"dtype", "F32"}, {"shape", {width, 1}}, {"data_offsets", {4 * width, 8 * width}}};
  const std::string text = header.dump();
  const uint64_t bytes = text.size();
  std::string file(reinterpret_cast<const char*>(&bytes), sizeof bytes);
  file += text;
  for (int i = 0; i < 2 * width; ++i) {
    const float value = i % 3 == 0 ? 1.5F : -0.4F;
    file.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return file;
}

}  // namespace

class StudioPicturesTest : public QObject {
  Q_OBJECT

 private slots:
  void aMaskKeepsWhatIsNotPainted() {
    RealStudio studio;
    GenerateViewModel& page = *studio.generate;
    const QImage first = studio.make();
    QCOMPARE(first.size(), QSize(96, 96));
    page.useAsStart();
    QTRY_COMPARE_WITH_TIMEOUT(page.start()->width(), 96, 5000);
    page.start()->setStrength(0.9);
    page.start()->setMaskBlur(0);
    for (int y = 0; y < 96; y += 8) {
      page.start()->mask()->begin(0, y, 24, false);
      page.start()->mask()->strokeTo(30, y);
      page.start()->mask()->end();
    }
    page.setPrompt("a yellow car");
    page.setSeed(11);
    const QImage second = studio.make();
    QCOMPARE(second.size(), QSize(96, 96));
    const double kept = meanDifference(first, second, {48, 0, 48, 96});
    const double drawn = meanDifference(first, second, {0, 0, 30, 96});
    qInfo("mean grey difference: kept %.3f, drawn %.3f", kept, drawn);
    QCOMPARE(kept, 0.0);
    QVERIFY(drawn > 1);
  }

  void strengthSaysHowMuchOfTheStartPictureStays() {
    RealStudio studio;
    GenerateViewModel& page = *studio.generate;
    const QImage first = studio.make();
    page.useAsStart();
    QTRY_COMPARE_WITH_TIMEOUT(page.start()->width(), 96, 5000);
    page.setPrompt("a yellow car");
    page.setSeed(11);
    page.start()->setStrength(0.2);
    const QImage near_it = studio.make();
    page.start()->setStrength(1);
    const QImage far_off = studio.make();
    const double little = meanDifference(first, near_it, first.rect());
    const double much = meanDifference(first, far_off, first.rect());
    qInfo("mean grey difference: strength 0.2 %.2f, strength 1 %.2f", little, much);
    QVERIFY(little < much / 2);
  }

  void aLoraChangesThePictureAndLeavesNoTrace() {
    RealStudio studio;
    GenerateViewModel& page = *studio.generate;
    write_file_atomically(studio.path("grain.safetensors").toStdString(), loraFile());
    const QImage without = studio.make();
    page.loras()->addPath(studio.path("grain.safetensors"));
    const QImage with = studio.make();
    const double difference = meanDifference(without, with, without.rect());
    qInfo("mean grey difference: LoRA %.2f", difference);
    QVERIFY(difference > 1);
    page.loras()->setOn(0, false);
    QCOMPARE(studio.make(), without);
    page.loras()->setOn(0, true);
    page.loras()->setScale(0, 0.5);
    const QImage half = studio.make();
    QVERIFY(half != with);
    QVERIFY(half != without);
  }

  void aGridOfFourIsLaidOutAndWritten() {
    RealStudio studio;
    GenerateViewModel& page = *studio.generate;
    GridViewModel& grid = *page.grid();
    const auto kindOf = [](const QString& key) { return static_cast<int>(&gridAxisKind(key) - gridAxisKinds().data()); };
    grid.setKind(0, kindOf("cfg_scale"));
    grid.setText(0, "2, 8");
    grid.setKind(1, kindOf("sampler"));
    for (const char* sampler : {"DDIM", "Euler"}) {
      grid.setChosen(1, static_cast<int>(grid.axes()->at(1).options.indexOf(QString::fromLatin1(sampler))), true);
    }
    QCOMPARE(grid.problem(), QString());
    QCOMPARE(grid.pictures(), 4);
    grid.start();
    QTRY_COMPARE_WITH_TIMEOUT(studio.gallery->total(), 4, kPatience_ms);
    grid.exportTo(QUrl::fromLocalFile(studio.path("sheet.png")));
    QTRY_COMPARE_WITH_TIMEOUT(grid.exportText(), QString("Written to sheet.png"), 10000);
    const QImage sheet(studio.path("sheet.png"));
    qInfo("sheet of %d x %d px", sheet.width(), sheet.height());
    QVERIFY(sheet.width() > 2 * 96 && sheet.height() > 2 * 96);
    // A cell is the picture that its settings alone give.
    const QImage cell = QImage(studio.gallery->image(grid.cells()->at(3).imageId).filePath).convertToFormat(QImage::Format_RGB888);
    page.setCfg(8);
    page.setSamplerIndex(static_cast<int>(grid.axes()->at(1).options.indexOf("Euler")));
    QCOMPARE(studio.make(), cell);
  }

  void aLivePictureShowsWithinItsFewSteps() {
    RealStudio studio;
    GenerateViewModel& page = *studio.generate;
    page.setSteps(50);
    page.live()->toggle("cfg_scale");
    QTRY_VERIFY_WITH_TIMEOUT(page.canvasNote().startsWith("Live, 8"), kPatience_ms);
    QTRY_VERIFY_WITH_TIMEOUT(!page.live()->busy(), kPatience_ms);
    QTRY_COMPARE_WITH_TIMEOUT(page.canvasWidth(), 96, 5000);
    QCOMPARE(studio.gallery->total(), 0);
  }
};

DARKROOM_TEST(StudioPicturesTest);
#include "studio_pictures_test.moc"
