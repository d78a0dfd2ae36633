// SPDX-License-Identifier: GPL-3.0-or-later
// On the pictures that come with the program, and an engine that is a script.
#include "app/datasets/datasets_view_model.h"

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTimer>

#include "core/filter/filter_rules.h"
#include "tests/app/datasets_fixture.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT
using darkroom::app::fixture::kPatienceMs;

namespace {

struct DatasetsPage {
  explicit DatasetsPage(const QByteArray& script = "echo '{\"event\":\"done\",\"kept\":7,\"rows\":9}'")
      : datasets(command(script), folder.path()) {}

  EngineCommand command(const QByteArray& script) const {
    fixture::fakeEngine();  // sets where the resources lie
    return fixture::scriptEngine(folder.filePath("engine.sh"), script);
  }

  bool openDemo() {
    datasets.addDemo();
    return QTest::qWaitFor(
        [this] { return datasets.state() == DatasetsViewModel::Ready && datasets.settled() && !datasets.keptText().isEmpty(); },
        kPatienceMs);
  }

  int ruleAbout(const QString& column) const {
    for (int row = 0; row < datasets.filters()->rowCount(); ++row) {
      if (datasets.filters()->at(row).column == column) {
        return row;
      }
    }
    return -1;
  }

  FilterRules saved() const { return read_filter_rules(datasets.rulesFile().toStdString()); }
  bool settle() {
    return QTest::qWaitFor([this] { return datasets.settled(); }, kPatienceMs);
  }

  QTemporaryDir folder;
  DatasetsViewModel datasets;
};

const StageItem& stage(const DatasetsPage& page, const QString& key) {
  for (const StageItem& item : page.datasets.pipeline()->stages()->rows()) {
    if (item.key == key) {
      return item;
    }
  }
  throw std::invalid_argument(key.toStdString());
}

}  // namespace

class DatasetsViewModelTest : public QObject {
  Q_OBJECT

 private slots:
  void anEmptyWorkspaceSaysSo() {
    DatasetsPage page;
    page.datasets.refresh();
    QCOMPARE(page.datasets.state(), DatasetsViewModel::Empty);
    QCOMPARE(page.datasets.sources()->rowCount(), 0);
  }

  void theDemoIsASourceWithRulesAndCounts() {
    DatasetsPage page;
    QVERIFY(page.openDemo());
    QCOMPARE(page.datasets.rowsText(), QString("701"));
    QVERIFY(page.datasets.filters()->rowCount() >= 1);
    const FilterItem& chars = page.datasets.filters()->at(page.ruleAbout("caption_chars"));
    QCOMPARE(chars.kind, QString("range"));
    QCOMPARE(chars.bars.size(), 94);
    QVERIFY(*std::max_element(chars.bars.begin(), chars.bars.end()) > 0.5);
    page.datasets.addDemo();  // a second time it is the same one
    QCOMPARE(page.datasets.sources()->rowCount(), 1);
  }

  void aDatasetOfTheHubIsReadFromWhereItIsFetchedTo() {
    DatasetsPage page;
    page.datasets.addRepository("one/birds");
    page.datasets.addRepository("another/birds");
    const std::filesystem::path second = page.folder.filePath("datasets/birds 2").toStdString();
    const SourceRecord source = readSource(second);
    QCOMPARE(source.repository, std::string("datasets/another/birds"));
    QCOMPARE(source.inputs, std::vector{second / "stages" / "fetch"});
  }

  void aThresholdChangesCountsAndTheFile() {
    DatasetsPage page;
    QVERIFY(page.openDemo());
    const int chars = page.ruleAbout("caption_chars");
    const double before = page.datasets.keptFraction();
    page.datasets.setBound(chars, "low", 20);
    QCOMPARE(page.datasets.filters()->at(chars).low, 20.0);  // at once, before any answer
    QVERIFY(page.settle());
    QVERIFY(page.datasets.keptFraction() < before);
    page.datasets.saveNow();
    QCOMPARE(std::get<ColumnRule>(page.saved().rules.at(static_cast<size_t>(chars))).min.value(), 20.0);
    page.datasets.undo();
    QVERIFY(page.settle());
    QCOMPARE(page.datasets.keptFraction(), before);
    page.datasets.redo();
    QVERIFY(page.settle());
    QVERIFY(page.datasets.keptFraction() < before);
  }

  void theEdgeHasRowsOnBothSidesOfTheThreshold() {
    DatasetsPage page;
    QVERIFY(page.openDemo());
    const int chars = page.ruleAbout("caption_chars");
    page.datasets.setBound(chars, "low", 20);
    page.datasets.clearBound(chars, "high");
    QVERIFY(page.settle());
    QVERIFY(page.datasets.passing()->rowCount() > 0);
    QVERIFY(page.datasets.failing()->rowCount() > 0);
    QCOMPARE(page.datasets.passingTitle(), QString("Just above 20"));
    QCOMPARE(page.datasets.failingTitle(), QString("Just below 20"));
    const QModelIndex first = page.datasets.failing()->index(0);
    const int known = page.datasets.failing()->roleNames().key("known");
    QTRY_VERIFY_WITH_TIMEOUT(page.datasets.failing()->data(first, known).toBool(), kPatienceMs);
    const WallItem* item = page.datasets.failing()->itemAt(0);
    QVERIFY(item != nullptr && !item->kept && item->value == "19" && !item->picture.isEmpty());
  }

  // A wall that is made anew loses its tiles, and a tenth of a second.
  void aThresholdChangesTheWallInPlace() {
    DatasetsPage page;
    QVERIFY(page.openDemo());
    page.datasets.setView("kept");
    QVERIFY(page.settle());
    WallModel* wall = page.datasets.wall();
    const QAbstractItemModelTester tester(wall, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const QSignalSpy anew(wall, &QAbstractItemModel::modelReset);
    const int chars = page.ruleAbout("caption_chars");
    std::vector<int> counts{wall->rowCount()};
    for (const double low : {20.0, 30.0, 25.0, 1000.0, 20.0}) {
      page.datasets.setBound(chars, "low", low);
      QVERIFY(page.settle());
      counts.push_back(wall->rowCount());
    }
    QVERIFY(counts[0] > counts[1] && counts[1] > counts[2] && counts[2] < counts[3]);
    QCOMPARE(counts[4], 0);
    QCOMPARE(counts[5], counts[1]);
    QCOMPARE(anew.count(), 0);
  }

  void anOverrideTurnsAVerdictAndIsInTheRecipe() {
    DatasetsPage page;
    QVERIFY(page.openDemo());
    page.datasets.setBound(page.ruleAbout("caption_chars"), "low", 20);
    QVERIFY(page.settle());
    WallModel* failing = page.datasets.failing();
    const double row = failing->rowAt(0);
    failing->data(failing->index(0), Qt::UserRole);
    QTRY_VERIFY_WITH_TIMEOUT(failing->itemAt(0) != nullptr, kPatienceMs);
    const std::string name = failing->itemAt(0)->name.toStdString();
    page.datasets.toggleOverride(row);
    page.datasets.saveNow();
    QCOMPARE(page.saved().keep, std::vector<std::string>{name});
    QVERIFY(page.settle());
    page.datasets.setView("kept");
    QVERIFY(page.settle());
    QVERIFY(page.datasets.wall()->indexOf(row) >= 0);
    page.datasets.undo();
    page.datasets.saveNow();
    QVERIFY(page.saved().keep.empty());
  }

  void rulesAreAddedMovedSwitchedAndRemoved() {
    DatasetsPage page;
    QVERIFY(page.openDemo());
    const int count = page.datasets.filters()->rowCount();
    page.datasets.addRule("unique:key");
    page.datasets.addRule("texts:caption");
    page.datasets.setPattern(count + 1, "bird", false);
    QVERIFY(page.settle());
    QTRY_VERIFY_WITH_TIMEOUT(!page.datasets.filters()->at(count + 1).pending, kPatienceMs);
    QVERIFY(page.settle());
    const double few = page.datasets.keptFraction();
    QVERIFY(few > 0 && few < 0.3);
    page.datasets.setOn(count + 1, false);
    QVERIFY(page.settle());
    QVERIFY(page.datasets.keptFraction() > few);
    page.datasets.moveRule(count + 1, -1);
    QCOMPARE(page.datasets.filters()->at(count).kind, QString("texts"));
    page.datasets.removeRule(count);
    QCOMPARE(page.datasets.filters()->rowCount(), count + 1);
    QVERIFY(!page.datasets.rules().rules.empty());
  }

  void aBadPatternIsSaidAndTheRestStays() {
    DatasetsPage page;
    QVERIFY(page.openDemo());
    const QString kept = page.datasets.keptText();
    page.datasets.addRule("texts:caption");
    page.datasets.setPattern(page.datasets.filters()->rowCount() - 1, "(", false);
    QTRY_VERIFY_WITH_TIMEOUT(!page.datasets.rulesProblem().isEmpty(), kPatienceMs);
    page.datasets.undo();
    page.datasets.undo();
    QTRY_VERIFY_WITH_TIMEOUT(page.datasets.rulesProblem().isEmpty(), kPatienceMs);
    QCOMPARE(page.datasets.keptText(), kept);
  }

  void aFinishedStageIsOutOfDateAfterAnEdit() {
    DatasetsPage page;
    QVERIFY(page.openDemo());
    QCOMPARE(stage(page, "fetch").state, QString("skipped"));
    QCOMPARE(stage(page, "filter").state, QString("waiting"));
    page.datasets.pipeline()->runTo("filter");
    QTRY_COMPARE_WITH_TIMEOUT(stage(page, "filter").state, QString("done"), kPatienceMs);
    QCOMPARE(stage(page, "filter").line, QString("7 kept"));
    page.datasets.setBound(page.ruleAbout("caption_chars"), "low", 21);
    page.datasets.saveNow();
    QCOMPARE(stage(page, "filter").state, QString("stale"));
    page.datasets.undo();
    page.datasets.saveNow();
    QCOMPARE(stage(page, "filter").state, QString("done"));
  }

  void aStageThatFailsSaysWhy() {
    DatasetsPage page("echo '{\"event\":\"error\",\"code\":\"io\",\"message\":\"the disk is full\"}'; exit 1");
    QVERIFY(page.openDemo());
    const QSignalSpy failed(&page.datasets, &DatasetsViewModel::failed);
    page.datasets.pipeline()->run("filter");
    QTRY_COMPARE_WITH_TIMEOUT(stage(page, "filter").state, QString("failed"), kPatienceMs);
    QCOMPARE(stage(page, "filter").problem, QString("the disk is full"));
    QCOMPARE(failed.count(), 1);
  }

  void aStageIsPausedAndGoesOn() {
    DatasetsPage page(
        "echo '{\"event\":\"progress\",\"stage\":\"filter\",\"done\":5,\"total\":10,\"unit\":\"rows\",\"seconds_left\":3}'; exec sleep 30");
    QVERIFY(page.openDemo());
    page.datasets.pipeline()->runTo("filter");
    QTRY_COMPARE_WITH_TIMEOUT(stage(page, "filter").line, QString("5 of 10"), kPatienceMs);
    QCOMPARE(stage(page, "filter").progress, 0.5);
    QVERIFY(page.datasets.pipeline()->running());
    page.datasets.pipeline()->pause();
    QTRY_COMPARE_WITH_TIMEOUT(stage(page, "filter").state, QString("paused"), kPatienceMs);
    QVERIFY(!page.datasets.pipeline()->running());
  }

  // With DARKROOM_METADATA=FOLDER of parquet files, as many as there are: how long the window stands still while a threshold is dragged.
  void aDragBlocksNoLongerThan50ms() {
    const QString folder = qEnvironmentVariable("DARKROOM_METADATA");
    DatasetsPage page;
    if (folder.isEmpty()) {
      QVERIFY(page.openDemo());
    } else {
      page.datasets.addDropped({QUrl::fromLocalFile(folder)});
      QVERIFY(QTest::qWaitFor([&] { return page.datasets.state() == DatasetsViewModel::Ready && !page.datasets.keptText().isEmpty(); },
                              200'000));
      QVERIFY(page.settle());
    }
    const int rule = std::max(0, page.ruleAbout(folder.isEmpty() ? "caption_chars" : "aesthetic"));
    const QSignalSpy answers(&page.datasets, &DatasetsViewModel::answerChanged);
    QElapsedTimer clock;
    clock.start();
    qint64 last_us = 0;
    qint64 longest_us = 0;
    QTimer beat;
    connect(&beat, &QTimer::timeout, &beat, [&] {
      const qint64 now_us = clock.nsecsElapsed() / 1000;
      longest_us = std::max(longest_us, now_us - last_us);
      last_us = now_us;
    });
    beat.start(1);
    constexpr int kSteps = 120;
    for (int step = 0; step < kSteps; ++step) {
      page.datasets.setBound(rule, "low", 4 + step * 0.02);
      QTest::qWait(12);
    }
    QVERIFY(page.settle());
    qInfo("%s rows, %d steps: %d answers in %lld ms; the event loop stood still for %.1f ms at most", qPrintable(page.datasets.rowsText()),
          kSteps, static_cast<int>(answers.count()), static_cast<long long>(clock.elapsed()), static_cast<double>(longest_us) / 1000);
    QVERIFY(longest_us < 50'000);
  }

  void captionsBeyondTheWindowAreCut() {
    RowDetail detail;
    fixture::fakeEngine();
    QString caption;
    for (int i = 0; i < 90; ++i) {
      caption += "bird ";
    }
    detail.show(0, caption.trimmed(), QSize(300, 200));
    QCOMPARE(detail.tokens().size(), 90);
    QCOMPARE(detail.captionFits().count("bird"), 75);
    QCOMPARE(detail.captionCut().count("bird"), 15);
    QCOMPARE(detail.crop(), QRect(50, 0, 200, 200));
  }
};
DARKROOM_TEST(DatasetsViewModelTest);
#include "datasets_view_model_test.moc"
