// SPDX-License-Identifier: Apache-2.0
// `darkroom-engine convert` and `inspect`: every form of the embedded model makes the same latents.
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>

#include "tests/process/engine_program.h"
#include "tests/process/engine_traces.h"
#include "tests/test_registry.h"

using darkroom::Json;
using darkroom::test::content;
using darkroom::test::run_engine;

namespace {

// The latents that a model makes, without the header of their file.
QByteArray latents_of(const QString& model, const QString& into, const QStringList& more = {}) {
  const auto result = run_engine(QStringList{"generate", "--model", model, "--prompt", "a red apple", "--steps", "2", "--seed", "3",
                                             "--out", into + ".png", "--save-latents", into + ".safetensors"} +
                                 more);
  const QByteArray file = content(into + ".safetensors");
  uint64_t header = 0;
  if (result.exit_code != 0 || file.size() < 8) {
    return result.errors;
  }
  std::memcpy(&header, file.constData(), sizeof header);
  return file.mid(static_cast<qsizetype>(8 + header));
}

Json convert(const QStringList& arguments) { return run_engine(QStringList{"convert", "--json"} + arguments).last(); }

}  // namespace

class ConvertTest : public QObject {
  Q_OBJECT

 private slots:
  void everyFormMakesTheSameLatents() {
    const QTemporaryDir folder;
    const QString single = folder.filePath("pocket.safetensors");
    const Json done = convert({"pocket", single});
    QVERIFY2(done["event"] == "done", done.dump().c_str());
    QCOMPARE(convert({single, folder.filePath("back"), "--to", "diffusers"})["event"].get<std::string>(), std::string("done"));
    QCOMPARE(convert({"pocket", folder.filePath("unet.pt"), "--to", "source-run"})["event"].get<std::string>(), std::string("done"));
    const QByteArray expected = latents_of("pocket", folder.filePath("a"));
    QVERIFY(expected.size() >= 4 * 24 * 24 * 4);
    QCOMPARE(latents_of(single, folder.filePath("b")), expected);
    QCOMPARE(latents_of(folder.filePath("back"), folder.filePath("c")), expected);
  }

  void inspectSaysWhatASingleFileIs() {
    const QTemporaryDir folder;
    const QString single = folder.filePath("pocket.safetensors");
    convert({"pocket", single});
    const Json seen = run_engine({"inspect", single, "--hash", "--json"}).last();
    QCOMPARE(seen["model"]["layout"].get<std::string>(), std::string("CompVis"));
    QCOMPARE(seen["model"]["prediction"].get<std::string>(), std::string("epsilon"));
    QCOMPARE(seen["model"]["parts"].size(), size_t{3});
    const Json folder_seen = run_engine({"inspect", QStringLiteral(DARKROOM_SOURCE_DIR "/resources/pocket"), "--hash", "--json"}).last();
    for (size_t i = 0; i < 3; ++i) {
      QCOMPARE(seen["model"]["parts"][i]["hash"].get<std::string>(), folder_seen["model"]["parts"][i]["hash"].get<std::string>());
    }
    const Json& file = seen["files"][0];
    QCOMPARE(file["sha256"].get<std::string>().substr(0, 10), file["model_hash"].get<std::string>());
    QCOMPARE(file["lora_hash"].get<std::string>().size(), size_t{12});
  }

  void inspectReadsHeadersOfHugeFilesOnly() {
    const QTemporaryDir folder;
    const QString path = folder.filePath("huge.safetensors");
    constexpr qint64 bytes = 12'500'000'000;
    QByteArray header =
        R"({"model.diffusion_model.input_blocks.0.0.weight":{"dtype":"U8","shape":[12500000000],"data_offsets":[0,12500000000]}})";
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QByteArray length(8, '\0');
    length[0] = static_cast<char>(header.size());
    file.write(length + header);
    if (!file.resize(file.size() + bytes)) {
      QSKIP("this file system has no sparse files");
    }
    file.close();
    QElapsedTimer timer;
    timer.start();
    const auto result = run_engine({"inspect", path, "--json"});
    QCOMPARE(result.exit_code, 0);
    QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(result.last()["parameters"].get<qint64>(), bytes);
  }

  void inspectShowsFilesThatAreNoModel() {
    const QTemporaryDir folder;
    latents_of("pocket", folder.filePath("a"));
    const auto result = run_engine({"inspect", folder.filePath("a.safetensors"), "--json"});
    QCOMPARE(result.exit_code, 0);
    QVERIFY(result.last()["model"]["problem"].get<std::string>().find("holds no part") != std::string::npos);
    QCOMPARE(result.last()["files"][0]["tensors"][0]["name"].get<std::string>(), std::string("latents"));
  }

  void refusesToReplaceUnlessAskedFor() {
    const QTemporaryDir folder;
    const QString out = folder.filePath("pocket.safetensors");
    QCOMPARE(run_engine({"convert", "pocket", out}).exit_code, 0);
    const QByteArray before = content(out);
    const auto refused = run_engine({"convert", "pocket", out, "--dtype", "fp32"});
    QCOMPARE(refused.exit_code, 1);
    QVERIFY(refused.errors.contains("exists already"));
    QCOMPARE(content(out), before);
    QCOMPARE(run_engine({"convert", "pocket", out, "--dtype", "fp32", "--overwrite"}).exit_code, 0);
    QVERIFY(content(out).size() > before.size() * 3 / 2);
  }

  void badFilesAreRefusedWithASentence_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("reason");
    QTest::newRow("web page") << QByteArray("<html>404</html>") << QByteArray("web page");
    QTest::newRow("huge header") << QByteArray("\0\0\0\x40\0\0\0\0{", 9) << QByteArray("announces a header");
    QTest::newRow("hostile pickle") << QByteArray::fromHex("8002636f730a73797374656d0a58040000007472756585522e") << QByteArray("");
    QTest::newRow("broken zip") << QByteArray("PK\x03\x04and nothing that a zip has, of any kind at all") << QByteArray("");
  }
  void badFilesAreRefusedWithASentence() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, reason);
    const QTemporaryDir folder;
    QFile file(folder.filePath("model.ckpt"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
    file.close();
    const auto result = run_engine({"convert", file.fileName(), folder.filePath("out")});
    QCOMPARE(result.exit_code, 3);
    QVERIFY2(result.errors.contains("model.ckpt") && result.errors.contains(reason), result.errors.constData());
    QVERIFY(!QDir(folder.filePath("out")).exists());
  }
};

DARKROOM_TEST(ConvertTest);
#include "convert_test.moc"
