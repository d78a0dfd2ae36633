// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/dataset_mixtures.h"

#include <QTemporaryDir>

#include "app/datasets/source_cards.h"
#include "core/plan/mixture_file.h"
#include "tests/app/datasets_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT
using darkroom::app::fixture::kPatienceMs;
namespace fs = std::filesystem;

namespace {

/// Keeps its arguments, and writes the file that was prepared for it.
const QByteArray kScript =
    "prev=; for a in \"$@\"; do echo \"$a\" >> \"$0.arguments\"; [ \"$prev\" = --out ] && out=$a; prev=$a; done\n"
    "mkdir -p \"$(dirname \"$out\")\"; cp \"$0.mixture\" \"$out\"\n"
    "echo '{\"event\":\"done\",\"samples_per_epoch\":96}'";

/// Two datasets, birds of 300 rows and faces of 100.
struct MixtureBench {
  explicit MixtureBench(const QByteArray& script = kScript)
      : cards(folder.path()), mixtures(fixture::scriptEngine(folder.filePath("engine.sh"), script), folder.path(), &cards) {
    fixture::writeDataset(path("birds"), 300);
    fixture::writeDataset(path("faces"), 100);
    cards.refresh();
    mixtures.refresh();
  }

  fs::path path(const char* name) const { return folder.filePath(name).toStdString(); }
  const MixturePart& part(int row) const { return mixtures.parts()->at(row); }
  void both() {
    mixtures.setOn(0, true);
    mixtures.setOn(1, true);
  }
  bool write() {
    MixtureFile file;
    for (int row = 0; row < mixtures.parts()->rowCount(); ++row) {
      if (part(row).on) {
        file.sources.push_back({.dataset = part(row).path.toStdString(),
                                .share = part(row).percent / 100,
                                .limit = part(row).limit > 0 ? std::optional(static_cast<int64_t>(part(row).limit)) : std::nullopt});
      }
    }
    write_file_atomically(path("engine.sh.mixture"), to_json(file).dump());
    mixtures.write();
    return QTest::qWaitFor([this] { return !mixtures.active(); }, kPatienceMs);
  }

  QTemporaryDir folder;
  SourceCards cards;
  DatasetMixtures mixtures;
};

}  // namespace

class DatasetMixturesTest : public QObject {
  Q_OBJECT

 private slots:
  void sharesAlwaysSumToAHundred() {
    MixtureBench bench;
    QCOMPARE(bench.mixtures.parts()->rowCount(), 2);
    bench.mixtures.setOn(0, true);
    QCOMPARE(bench.part(0).percent, 100.0);
    bench.mixtures.setOn(1, true);
    QCOMPARE(bench.part(0).percent, 50.0);
    bench.mixtures.setShare(1, 20);
    QCOMPARE(bench.part(0).percent, 80.0);
    QCOMPARE(bench.part(1).percent, 20.0);
    bench.mixtures.setOn(0, false);
    QCOMPARE(bench.part(1).percent, 100.0);
  }

  void itSaysHowOftenAnEpochPassesOverEach() {
    MixtureBench bench;
    bench.both();
    QCOMPARE(bench.part(0).passesText, QString("0.67 × an epoch"));  // half of 400 samples from 300 rows
    QCOMPARE(bench.part(1).passesText, QString("2.00 × an epoch"));
    bench.mixtures.setLimit(0, 50);
    QCOMPARE(bench.part(0).passesText, QString("1.50 × an epoch"));  // half of 150 from 50
  }

  void oneDatasetIsNoMixture() {
    MixtureBench bench;
    bench.mixtures.setOn(0, true);
    QVERIFY(!bench.mixtures.canWrite());
    QVERIFY2(bench.mixtures.cannot().contains("two"), qPrintable(bench.mixtures.cannot()));
    bench.mixtures.setOn(1, true);
    QVERIFY(bench.mixtures.canWrite());
  }

  void aSourceWithoutLatentsSaysSo() {
    MixtureBench bench;
    fixture::demoShards(bench.path("demo"), "Demo");
    bench.cards.refresh();
    bench.mixtures.refresh();
    QCOMPARE(bench.mixtures.parts()->rowCount(), 3);
    QCOMPARE(bench.part(1).title, QString("Demo"));
    QCOMPARE(bench.part(1).problem, QString("its latents are not made yet"));
  }

  void latentsOfAnotherVaeCannotBeMixed() {
    MixtureBench bench;
    fixture::writeDataset(bench.path("other"), 10, "another");
    bench.cards.refresh();
    bench.mixtures.refresh();
    QVERIFY(bench.part(2).problem.isEmpty());
    bench.mixtures.setOn(0, true);
    QVERIFY2(bench.part(2).problem.contains("birds"), qPrintable(bench.part(2).problem));
    bench.mixtures.setOn(2, true);
    QVERIFY(!bench.mixtures.canWrite());
  }

  void writingGivesTheEngineFoldersSharesAndLimits() {
    MixtureBench bench;
    bench.both();
    bench.mixtures.setShare(1, 20);
    bench.mixtures.setLimit(1, 40);
    bench.mixtures.setName("broad");
    QCOMPARE(bench.mixtures.state(), QString("waiting"));
    QVERIFY(bench.write());
    QCOMPARE(bench.mixtures.state(), QString("done"));
    QCOMPARE(bench.mixtures.current(), QString("broad"));
    QVERIFY2(bench.mixtures.detail().contains("96"), qPrintable(bench.mixtures.detail()));
    const std::string arguments = read_file(bench.path("engine.sh.arguments"));
    const std::string wanted = "data\nmix\n" + bench.path("birds").string() + "=80\n" + bench.path("faces").string() + "=20:40\n--out\n" +
                               bench.path("mixtures/broad.json").string() + "\n--json\n";
    QCOMPARE(QString::fromStdString(arguments), QString::fromStdString(wanted));
  }

  void anEditPutsItOutOfDateUntilItIsWrittenAgain() {
    MixtureBench bench;
    bench.both();
    QVERIFY(bench.write());
    QVERIFY(!bench.mixtures.canWrite());
    bench.mixtures.setShare(0, 90);
    QCOMPARE(bench.mixtures.state(), QString("stale"));
    QVERIFY(bench.write());
    QCOMPARE(bench.mixtures.state(), QString("done"));
    QCOMPARE(bench.part(0).percent, 90.0);
  }

  void aWrittenMixtureIsOpenedAgain() {
    MixtureBench bench;
    bench.both();
    bench.mixtures.setShare(0, 75);
    QVERIFY(bench.write());
    DatasetMixtures later({QStringLiteral("/nowhere/engine"), {}, {}}, bench.folder.path(), &bench.cards);
    later.refresh();
    QCOMPARE(later.state(), QString("done"));
    QCOMPARE(later.parts()->at(0).percent, 75.0);
    later.create();
    QCOMPARE(later.chosen(), 0);
    later.openMixture(later.mixtures()->at(0).key);
    QCOMPARE(later.chosen(), 2);
  }

  void aNameThatIsTakenIsRefused() {
    MixtureBench bench;
    bench.both();
    bench.mixtures.setName("one");
    QVERIFY(bench.write());
    bench.mixtures.create();
    bench.both();
    bench.mixtures.setName("one");
    QVERIFY(!bench.mixtures.canWrite());
    bench.mixtures.setName("two");
    QVERIFY(bench.mixtures.canWrite());
  }

  void aRemovedFileCanBeWrittenAgain() {
    MixtureBench bench;
    bench.both();
    QVERIFY(bench.write());
    const QString file = bench.mixtures.file();
    bench.mixtures.removeFile();
    QVERIFY(!QFile::exists(file));
    QCOMPARE(bench.mixtures.mixtures()->rowCount(), 0);
    QCOMPARE(bench.mixtures.chosen(), 2);
    QVERIFY(bench.mixtures.canWrite());
    QVERIFY(bench.write());
    QVERIFY(QFile::exists(file));
  }

  void whatTheEngineRefusesIsSaid() {
    MixtureBench bench("echo '{\"event\":\"error\",\"code\":\"bad_input\",\"message\":\"faces has no rows\"}'; exit 3");
    bench.both();
    QVERIFY(bench.write());
    QCOMPARE(bench.mixtures.state(), QString("failed"));
    QCOMPARE(bench.mixtures.problem(), QString("faces has no rows"));
    bench.mixtures.setShare(0, 60);
    QCOMPARE(bench.mixtures.state(), QString("waiting"));
  }

  void aFileThatIsNoMixtureSaysWhereItIsWrong() {
    MixtureBench bench;
    fs::create_directories(bench.path("mixtures"));
    write_file_atomically(bench.path("mixtures/broken.json"), "{\"darkroom_mixture\": 1, \"sources\": []}");
    bench.mixtures.refresh();
    QCOMPARE(bench.mixtures.state(), QString("failed"));
    QVERIFY2(bench.mixtures.problem().contains("broken.json"), qPrintable(bench.mixtures.problem()));
    bench.mixtures.setName(bench.mixtures.name());  // as a field does that loses the keyboard
    QCOMPARE(bench.mixtures.state(), QString("failed"));
  }
};

DARKROOM_TEST(DatasetMixturesTest);
#include "dataset_mixtures_test.moc"
