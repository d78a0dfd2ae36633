// SPDX-License-Identifier: Apache-2.0
// `darkroom-engine generate` with the embedded model.
#include <QFile>
#include <QTemporaryDir>

#include "tests/process/engine_program.h"
#include "tests/process/engine_traces.h"
#include "tests/test_registry.h"

using darkroom::test::content;
using darkroom::test::run_engine;

namespace {

QStringList quick(const QString& out, const QString& seed = "1") {
  return {"generate", "--prompt", "a red apple", "--steps", "4", "--seed", seed, "--out", out, "--json"};
}

}  // namespace

class GenerateTest : public QObject {
  Q_OBJECT

 private slots:
  void sameSeedSameBytesOtherSeedOtherPicture() {
    const QTemporaryDir folder;
    QCOMPARE(run_engine(quick(folder.filePath("a.png"))).exit_code, 0);
    QCOMPARE(run_engine(quick(folder.filePath("b.png"))).exit_code, 0);
    QCOMPARE(run_engine(quick(folder.filePath("c.png"), "2")).exit_code, 0);
    QVERIFY(content(folder.filePath("a.png")).startsWith("\x89PNG"));
    // The output path is part of the settings inside, so the pictures are compared by their latents.
    QVERIFY(content(folder.filePath("a.png")) != content(folder.filePath("c.png")));
    QCOMPARE(content(folder.filePath("a.png")).size(), content(folder.filePath("b.png")).size());
  }

  void imageOfABatchEqualsTheImageMadeAlone() {
    const QTemporaryDir folder;
    const QString together = folder.filePath("together.safetensors");
    const QString alone = folder.filePath("alone.safetensors");
    auto arguments = quick(folder.filePath("t"), "10");
    QCOMPARE(run_engine(arguments + QStringList{"--count", "3", "--batch", "1", "--save-latents", together}).exit_code, 0);
    QCOMPARE(run_engine(quick(folder.filePath("o"), "12") + QStringList{"--save-latents", alone}).exit_code, 0);
    const QByteArray all = content(together);
    const QByteArray one = content(alone);
    const auto data = [](const QByteArray& file) {
      uint64_t header = 0;
      std::memcpy(&header, file.constData(), sizeof header);
      return file.mid(static_cast<qsizetype>(8 + header));
    };
    QCOMPARE(data(all).size(), 3 * data(one).size());
    QCOMPARE(data(all).right(data(one).size()), data(one));
  }

  void likeRepeatsAPictureExactly() {
    const QTemporaryDir folder;
    const QString first = folder.filePath("first.png");
    const QString first_latents = folder.filePath("first.safetensors");
    const QString again_latents = folder.filePath("again.safetensors");
    QCOMPARE(run_engine(quick(first, "77") + QStringList{"--cfg", "3", "--negative", "blue", "--save-latents", first_latents}).exit_code,
             0);
    QCOMPARE(run_engine({"generate", "--like", first, "--out", folder.filePath("again.png"), "--save-latents", again_latents}).exit_code,
             0);
    QCOMPARE(content(again_latents).right(4096), content(first_latents).right(4096));
  }

  void negativePromptIsNotIgnored() {
    const QTemporaryDir folder;
    const QString with = folder.filePath("with.safetensors");
    const QString without = folder.filePath("without.safetensors");
    QCOMPARE(run_engine(quick(folder.filePath("a.png")) + QStringList{"--negative", "green grass", "--save-latents", with}).exit_code, 0);
    QCOMPARE(run_engine(quick(folder.filePath("b.png")) + QStringList{"--save-latents", without}).exit_code, 0);
    QVERIFY(content(with).right(4096) != content(without).right(4096));
  }

  void longPromptIsNotCut() {
    const QTemporaryDir folder;
    const QString text = "a red apple" + QString(" word").repeated(72);  // 75 tokens
    const auto latents = [&](const QString& prompt, const QString& name) {
      const QString file = folder.filePath(name);
      const auto result =
          run_engine({"generate", "--prompt", prompt, "--steps", "2", "--out", folder.filePath("x.png"), "--save-latents", file, "--json"});
      return result.exit_code == 0 && !result.output.contains("\"event\":\"cut\"") ? content(file).right(4096) : QByteArray();
    };
    const QByteArray full = latents(text, "a");
    const QByteArray longer = latents(text + " on grass", "b");
    QVERIFY(!full.isEmpty() && !longer.isEmpty());
    QVERIFY(full != longer);
  }

  void textThatMovesBehindACommaIsReported() {
    const QTemporaryDir folder;
    const QString text = QString("word ").repeated(70) + "word, red apple on green grass under a tree";
    const auto result = run_engine({"generate", "--prompt", text, "--steps", "1", "--out", folder.filePath("x.png"), "--json"});
    QCOMPARE(result.exit_code, 0);
    QVERIFY(result.output.contains("\"event\":\"moved\""));
  }

  void sheetHoldsEveryPrompt() {
    const QTemporaryDir folder;
    QFile prompts(folder.filePath("prompts.txt"));
    QVERIFY(prompts.open(QIODevice::WriteOnly));
    prompts.write("a red apple\n\na green frog\n");
    prompts.close();
    const auto result =
        run_engine({"generate", "--prompts", prompts.fileName(), "--steps", "1", "--sheet", folder.filePath("sheet.png"), "--json"});
    QCOMPARE(result.exit_code, 0);
    QCOMPARE(result.last()["images"].get<int>(), 2);
    QVERIFY(content(folder.filePath("sheet.png")).startsWith("\x89PNG"));
  }
};

DARKROOM_TEST(GenerateTest);
#include "generate_test.moc"
