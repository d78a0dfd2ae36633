// SPDX-License-Identifier: Apache-2.0
// `darkroom-engine bench`: the fields that scripts read, and what it says to a wrong wish.
#include <QFile>
#include <QTemporaryDir>

#include "tests/process/engine_program.h"
#include "tests/test_registry.h"

using darkroom::Json;
using darkroom::test::run_engine;

namespace {

/// The one bench line of a call that asked for one, as an object; fails the test through a null value.
Json only_bench(const darkroom::test::EngineResult& result) {
  const std::vector<Json> events = result.events();
  return events.size() == 2 && events[0]["event"] == "bench" && events[1]["event"] == "done" ? events[0] : Json();
}

}  // namespace

class BenchTest : public QObject {
  Q_OBJECT

 private slots:
  void everyBenchOfTheModelPrintsThePromisedFields_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("rate");
    QTest::newRow("unet_step") << "unet_step"
                               << "steps_per_s";
    QTest::newRow("vae_decode") << "vae_decode"
                                << "images_per_s";
    QTest::newRow("vae_encode") << "vae_encode"
                                << "images_per_s";
    QTest::newRow("text_encode") << "text_encode"
                                 << "captions_per_s";
    QTest::newRow("image") << "image"
                           << "images_per_s";
    QTest::newRow("generate") << "generate"
                              << "images_per_s";
    QTest::newRow("train_step") << "train_step"
                                << "images_per_s";
    QTest::newRow("optimizer") << "optimizer"
                               << "gb_per_s";
  }
  void recomputeIsWhatWasAskedFor() {
    for (const char* wish : {"on", "off"}) {
      const Json line = only_bench(run_engine(
          {"bench", "train_step", "--device", "cpu", "--repeat", "1", "--width", "48", "--height", "64", "--recompute", wish, "--json"}));
      QVERIFY(line.is_object());
      QCOMPARE(line["recompute"].get<bool>(), std::string(wish) == "on");
      QVERIFY(line["peak_gib"].get<double>() > 0);
    }
  }

  void everyBenchOfTheModelPrintsThePromisedFields() {
    QFETCH(QString, name);
    QFETCH(QString, rate);
    const auto result =
        run_engine({"bench", name, "--device", "cpu", "--repeat", "2", "--steps", "2", "--width", "48", "--height", "64", "--json"});
    QCOMPARE(result.exit_code, 0);
    const Json line = only_bench(result);
    QVERIFY2(line.is_object(), result.output.constData());
    QCOMPARE(line["bench"].get<std::string>(), name.toStdString());
    QVERIFY(line["min_ms"].get<double>() > 0);
    QVERIFY(line["median_ms"].get<double>() >= line["min_ms"].get<double>());
    QCOMPARE(line["device"].get<std::string>(), "cpu");
    QCOMPARE(line["dtype"].get<std::string>(), "fp32");
    QVERIFY(!line["shape"].empty());
    QVERIFY(line[rate.toStdString()].get<double>() > 0);
    QVERIFY(!line["weights"].get<std::string>().empty());
  }

  void generateSaysWhatItsPartsTake() {
    const Json line = only_bench(
        run_engine({"bench", "generate", "--device", "cpu", "--repeat", "1", "--steps", "3", "--width", "48", "--height", "64", "--json"}));
    QVERIFY(line.is_object());
    for (const char* field : {"step_ms", "unet_ms", "decode_ms", "load_s", "cold_first_step_s", "peak_gib"}) {
      QVERIFY2(line[field].get<double>() > 0, field);
    }
    QVERIFY(line["step_ms"].get<double>() * 3 < line["median_ms"].get<double>() * 1.5);
    QVERIFY(line["overhead"].get<double>() > -1);
    QVERIFY(line["cold_first_step_s"].get<double>() > line["load_s"].get<double>());
  }

  void shapeFollowsSizeAndBatch() {
    const auto result =
        run_engine({"bench", "unet_step", "--device", "cpu", "--repeat", "1", "--width", "48", "--height", "64", "--batch", "3", "--json"});
    QCOMPARE(result.exit_code, 0);
    QCOMPARE(only_bench(result)["shape"].get<std::vector<int>>(), (std::vector<int>{3, 4, 16, 12}));  // 4 pixels a latent
  }

  void modelWithoutWeightsIsMeasuredAndSaysSo() {
    const QTemporaryDir folder;
    const QString model = folder.filePath("model");
    QCOMPARE(run_engine({"init", "--layout", "pocket", "--seed", "1", "--out", model}).exit_code, 0);
    const QStringList measure{"bench", "unet_step", "--device", "cpu", "--repeat", "1", "--model", model, "--json"};
    QCOMPARE(only_bench(run_engine(measure))["weights"].get<std::string>(), "model");
    QVERIFY(QFile::remove(model + "/unet/diffusion_pytorch_model.safetensors"));
    QCOMPARE(only_bench(run_engine(measure))["weights"].get<std::string>(), "random");
  }

  void tokenizeCountsTheCaptionsOfAFile() {
    const QTemporaryDir folder;
    QFile file(folder.filePath("captions.txt"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("a photo of a cat\n\nan old castle on a hill, oil painting\nthree boats\n");
    file.close();
    const auto result = run_engine({"bench", "tokenize", "--file", file.fileName(), "--repeat", "3", "--json"});
    QCOMPARE(result.exit_code, 0);
    const Json line = only_bench(result);
    QVERIFY2(line.is_object(), result.output.constData());
    QCOMPARE(line["shape"].get<std::vector<int>>(), (std::vector<int>{3, 77}));
    QCOMPARE(line["threads"].get<int>(), 1);
    QVERIFY(line["captions_per_s"].get<double>() > 0);
  }

  void tokenizeHasCaptionsOfItsOwn() {
    const auto result = run_engine({"bench", "tokenize", "--repeat", "1", "--json"});
    QCOMPARE(result.exit_code, 0);
    QVERIFY(only_bench(result)["shape"][0].get<int>() >= 10000);
  }

  void emptyCaptionFileIsBadInputAndNamed() {
    const QTemporaryDir folder;
    QFile file(folder.filePath("nothing.txt"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    const auto result = run_engine({"bench", "tokenize", "--file", file.fileName()});
    QCOMPARE(result.exit_code, 3);
    QVERIFY(result.errors.contains("nothing.txt"));
  }

  void unknownNameIsUsageAndNamesTheBenches() {
    const auto result = run_engine({"bench", "unet_stepp"});
    QCOMPARE(result.exit_code, 2);
    for (const char* name :
         {"unet_step", "vae_decode", "vae_encode", "text_encode", "image", "generate", "train_step", "optimizer", "tokenize"}) {
      QVERIFY2(result.errors.contains(name), name);
    }
  }

  void sizeThatTheModelCannotTakeIsUsage() {
    const auto result = run_engine({"bench", "vae_decode", "--device", "cpu", "--width", "97"});
    QCOMPARE(result.exit_code, 2);
    QVERIFY(result.errors.contains("multiples of 4"));
  }

  void trainingInHalfPrecisionIsUsageAndNamesWhatWorks() {
    const auto result = run_engine({"bench", "train_step", "--device", "cpu", "--dtype", "fp16"});
    QCOMPARE(result.exit_code, 2);
    QVERIFY(result.errors.contains("bf16"));
  }

  void modelThatLacksAPartIsRefusedBeforeAnythingIsMeasured() {
    const QString vae = QStringLiteral(DARKROOM_SOURCE_DIR "/resources/pocket/vae");
    const auto result = run_engine({"bench", "vae_decode", "unet_step", "--device", "cpu", "--repeat", "1", "--model", vae});
    QCOMPARE(result.exit_code, 3);
    QVERIFY(result.output.isEmpty());
    QVERIFY(result.errors.contains("UNet"));
  }

  void plainOutputIsOneLineABench() {
    const auto result = run_engine({"bench", "vae_decode", "tokenize", "--device", "cpu", "--repeat", "1"});
    QCOMPARE(result.exit_code, 0);
    const QList<QByteArray> lines = result.output.trimmed().split('\n');
    QCOMPARE(lines.size(), 2);
    QVERIFY(lines[0].startsWith("vae_decode"));
    QVERIFY(lines[1].startsWith("tokenize"));
  }
};

DARKROOM_TEST(BenchTest);
#include "bench_test.moc"
