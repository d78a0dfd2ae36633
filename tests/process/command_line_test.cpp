// SPDX-License-Identifier: Apache-2.0
// Exit codes and sentences of the command line: 0 done, 2 usage, 3 bad input.
#include <QTemporaryDir>

#include "core/commands/light_verbs.h"
#include "tests/process/engine_program.h"
#include "tests/test_registry.h"

using darkroom::Json;
using darkroom::test::run_engine;

namespace {

QByteArray output_of(const QString& program, const QStringList& arguments, const char* variable = nullptr) {
  QProcess process;
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  if (variable != nullptr) {
    environment.insert(variable, "1");
  }
  process.setProcessEnvironment(environment);
  process.start(program, arguments);
  return process.waitForFinished() && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0
             ? process.readAllStandardOutput()
             : QByteArray();
}

bool is_light(std::vector<const char*> arguments) { return darkroom::is_light(arguments); }

}  // namespace

class CommandLineTest : public QObject {
  Q_OBJECT

 private slots:
  void helpListsOnlyVerbsThatWork() {
    const auto result = run_engine({"--help"});
    QCOMPARE(result.exit_code, 0);
    for (const char* verb :
         {"generate", "train", "run", "plan", "data", "init", "tokenize", "inspect", "convert", "hub", "devices", "bench", "serve"}) {
      QVERIFY2(result.output.contains(verb), verb);
    }
  }

  void everyVerbExplainsItself_data() {
    QTest::addColumn<QString>("verb");
    for (const char* verb :
         {"generate", "train", "run", "plan", "data", "init", "tokenize", "inspect", "convert", "hub", "devices", "bench", "serve"}) {
      QTest::newRow(verb) << verb;
    }
  }
  void everyVerbExplainsItself() {
    QFETCH(QString, verb);
    QCOMPARE(run_engine({verb, "--help"}).exit_code, 0);
  }

  // The program that darkroom-engine becomes for these has them all, says the same of them, and loads no LibTorch.
  void lightVerbsStartWithoutLibTorch() {
    const QString light = darkroom::test::engine_program() + "-data";
    const QString whole = darkroom::test::engine_program() + "-models";
    QList<QStringList> verbs;
    for (const std::string_view verb : darkroom::light_verbs) {
      verbs << QStringList{QString::fromUtf8(verb.data(), static_cast<qsizetype>(verb.size())), "--help"};
    }
    for (const std::string_view verb : darkroom::light_data_verbs) {
      verbs << QStringList{"data", QString::fromUtf8(verb.data(), static_cast<qsizetype>(verb.size())), "--help"};
    }
    for (const QStringList& verb : verbs) {
      const QByteArray help = output_of(light, verb);
      QVERIFY2(!help.isEmpty(), qPrintable(verb.join(' ')));
      QCOMPARE(help, output_of(whole, verb));
      QCOMPARE(help, run_engine(verb).output);
    }
    constexpr const char* only_list_libraries = "LD_TRACE_LOADED_OBJECTS";
    QVERIFY(output_of(whole, {}, only_list_libraries).contains("libtorch_cpu"));
    const QByteArray libraries = output_of(light, {}, only_list_libraries);
    QVERIFY(libraries.contains("libc.so"));
    QVERIFY2(!libraries.contains("libtorch") && !libraries.contains("libc10"), libraries.constData());
  }

  void whatNeedsAModelIsNotLight() {
    QVERIFY(is_light({"tokenize", "a cat"}));
    QVERIFY(is_light({"data", "filter", "--help"}));
    for (const std::vector<const char*>& arguments : std::initializer_list<std::vector<const char*>>{
             {}, {"data"}, {"data", "--help"}, {"data", "encode", "x"}, {"data", "build"}, {"--help"}, {"generate"}, {"filter"}}) {
      QVERIFY(!is_light(arguments));
    }
  }

  void unknownVerbIsUsage() { QCOMPARE(run_engine({"paint"}).exit_code, 2); }

  void unknownOptionIsNamed() {
    const auto result = run_engine({"generate", "--promt", "a cat"});
    QCOMPARE(result.exit_code, 2);
    QVERIFY(result.errors.contains("promt"));
  }

  void wrongValueNamesTheOptionAndTheRange() {
    const auto result = run_engine({"generate", "--prompt", "x", "--steps", "many", "--out", "x.png"});
    QCOMPARE(result.exit_code, 2);
    QVERIFY(result.errors.contains("--steps"));
    const auto range = run_engine({"generate", "--prompt", "x", "--width", "97", "--out", "x.png"});
    QCOMPARE(range.exit_code, 2);
    QVERIFY(range.errors.contains("--width"));
  }

  void missingFileIsBadInputAndNamed() {
    const auto result = run_engine({"inspect", "no/such/model", "--json"});
    QCOMPARE(result.exit_code, 3);
    QCOMPARE(result.last()["event"].get<std::string>(), "error");
    QVERIFY(result.last()["message"].get<std::string>().find("no/such/model") != std::string::npos);
  }

  void unknownDeviceNamesThoseThatExist() {
    const auto result = run_engine({"generate", "--prompt", "x", "--device", "cuda:99", "--out", "x.png"});
    QCOMPARE(result.exit_code, 2);
    QVERIFY(result.errors.contains("cpu"));
  }

  void tokenizePrintsTheChunkOfEachText() {
    const auto result = run_engine({"tokenize", "a photo of a cat", ""});
    QCOMPARE(result.exit_code, 0);
    const auto lines = result.events();
    QCOMPARE(lines.size(), size_t{2});
    const auto ids = lines[0]["ids"][0].get<std::vector<int>>();
    QCOMPARE(ids.size(), size_t{77});
    const std::vector<int> start(ids.begin(), ids.begin() + 7);
    QCOMPARE(start, (std::vector<int>{49406, 320, 1125, 539, 320, 2368, 49407}));
    QCOMPARE(lines[0]["tokens"].get<int>(), 5);
    QCOMPARE(lines[1]["tokens"].get<int>(), 0);
  }

  void initIsReproducibleAndInspectCountsIt() {
    const QTemporaryDir folder;
    const QString a = folder.filePath("a");
    const QString b = folder.filePath("b");
    QCOMPARE(run_engine({"init", "--layout", "pocket", "--seed", "5", "--out", a}).exit_code, 0);
    QCOMPARE(run_engine({"init", "--layout", "pocket", "--seed", "5", "--out", b}).exit_code, 0);
    const auto first = run_engine({"inspect", a + "/unet", "--hash", "--json"}).last();
    const auto second = run_engine({"inspect", b + "/unet", "--hash", "--json"}).last();
    QVERIFY(first["parameters"].get<int64_t>() > 1000000);
    QCOMPARE(first["files"][0]["hash"].get<std::string>(), second["files"][0]["hash"].get<std::string>());
    QCOMPARE(run_engine({"init", "--layout", "pocket", "--seed", "5", "--out", a}).exit_code, 1);  // never replaces
  }

  void devicesNamesTheCpu() {
    const auto result = run_engine({"devices", "--json"});
    QCOMPARE(result.exit_code, 0);
    QCOMPARE(result.last()["devices"].back()["id"].get<std::string>(), "cpu");
  }
};

DARKROOM_TEST(CommandLineTest);
#include "command_line_test.moc"
