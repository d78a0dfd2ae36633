// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plans/plan_document.h"

#include <QFile>
#include <QTemporaryDir>
#include <cmath>
#include <numeric>

#include "app/plans/plan_form.h"
#include "app/viewmodels/linked_shares.h"
#include "core/base/error.h"
#include "core/plan/plan_templates.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

namespace {

PlanDocument recipe() {
  PlanDocument document;
  document.open(plan_template("recipe"), {});
  return document;
}

double sumOfShares(const PlanDocument& document, size_t phase) {
  const std::vector<SourcePlan>& sources = document.plan().phases.at(phase).sources;
  return std::accumulate(sources.begin(), sources.end(), 0.0, [](double sum, const SourcePlan& source) { return sum + source.share; });
}

const PlanSetting& row(const QList<PlanSetting>& rows, const QString& key) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const PlanSetting& setting) { return setting.key == key; });
  if (found == rows.end()) {
    throw std::invalid_argument(key.toStdString());
  }
  return *found;
}

}  // namespace

class PlanDocumentTest : public QObject {
  Q_OBJECT

 private slots:
  void everyEditCanBeUndoneAndDoneAgain() {
    PlanDocument document = recipe();
    const Json before = document.json();
    document.set("/phases/0/epochs", 12);
    document.set("/phases/1/peak_lr", 2e-5);
    QCOMPARE(document.plan().phases[0].epochs, int64_t{12});
    document.undo();
    QCOMPARE(document.plan().phases[1].peak_lr, 1e-5);
    document.undo();
    QVERIFY(document.json() == before);
    QVERIFY(!document.canUndo());
    document.redo();
    document.redo();
    QCOMPARE(document.plan().phases[1].peak_lr, 2e-5);
    QVERIFY(!document.canRedo());
  }

  void aDragIsOneStepAndAPauseEndsIt() {
    PlanDocument document = recipe();
    for (int epochs = 11; epochs <= 20; ++epochs) {
      document.set("/phases/0/epochs", epochs);
    }
    document.endGesture();
    document.set("/phases/0/epochs", 30);
    document.undo();
    QCOMPARE(document.plan().phases[0].epochs, int64_t{20});
    document.undo();
    QCOMPARE(document.plan().phases[0].epochs, int64_t{10});
  }

  void aWrongValueStaysVisibleBesideItsProblem() {
    PlanDocument document = recipe();
    document.set("/phases/2/cfg_dropout", 7);
    QCOMPARE(document.value("/phases/2/cfg_dropout").get<int>(), 7);
    QVERIFY(std::any_of(document.problems().begin(), document.problems().end(),
                        [](const Problem& problem) { return problem.pointer == "/phases/2/cfg_dropout"; }));
    QVERIFY(!row(lossSettings(document, 2, {}), "phase.cfg_dropout").problem.isEmpty());
  }

  void linkedSharesAlwaysSumToOne_data() {
    QTest::addColumn<QList<double>>("shares");
    QTest::addColumn<int>("index");
    QTest::addColumn<double>("wanted");
    QTest::addColumn<QList<int>>("locked");
    QTest::addColumn<QList<double>>("expected");
    QTest::newRow("in proportion") << QList<double>{0.6, 0.2, 0.2} << 0 << 0.2 << QList<int>{} << QList<double>{0.2, 0.4, 0.4};
    QTest::newRow("locked stay") << QList<double>{0.6, 0.2, 0.2} << 0 << 0.4 << QList<int>{1} << QList<double>{0.4, 0.2, 0.4};
    QTest::newRow("not more than locked leave") << QList<double>{0.6, 0.2, 0.2} << 0 << 0.95 << QList<int>{1} << QList<double>{0.8, 0.2, 0};
    QTest::newRow("from nothing evenly") << QList<double>{1, 0, 0} << 0 << 0.5 << QList<int>{} << QList<double>{0.5, 0.25, 0.25};
    QTest::newRow("all others locked") << QList<double>{0.6, 0.4} << 0 << 0.1 << QList<int>{1} << QList<double>{0.6, 0.4};
  }
  void linkedSharesAlwaysSumToOne() {
    QFETCH(QList<double>, shares);
    QFETCH(int, index);
    QFETCH(double, wanted);
    QFETCH(QList<int>, locked);
    QFETCH(QList<double>, expected);
    const QList<double> got = linkedShares(shares, index, wanted, locked);
    for (int i = 0; i < expected.size(); ++i) {
      QVERIFY2(std::abs(got[i] - expected[i]) < 1e-12, qPrintable(QString::number(got[i])));
    }
  }

  void sourcesComeAndGoWithoutBreakingTheSum() {
    PlanDocument document = recipe();
    document.addSource(0, "/data/new", 0.25);
    QCOMPARE(document.plan().phases[0].sources.size(), size_t{2});
    QVERIFY(std::abs(sumOfShares(document, 0) - 1) < 1e-9);
    QCOMPARE(document.plan().phases[0].sources[1].share, 0.25);
    document.setShare(0, 1, 0.5, {});
    QVERIFY(std::abs(document.plan().phases[0].sources[0].share - 0.5) < 1e-9);
    document.removeSource(0, 0);
    QCOMPARE(document.plan().phases[0].sources.size(), size_t{1});
    QVERIFY(std::abs(sumOfShares(document, 0) - 1) < 1e-9);
  }

  void phasesAreCopiedMovedAndRemovedButNotTheLast() {
    PlanDocument document = recipe();
    const int copy = document.duplicatePhase(0);
    QCOMPARE(copy, 1);
    QCOMPARE(document.phaseCount(), 8);
    QVERIFY(document.plan().phases[1].name != document.plan().phases[0].name);
    document.movePhase(1, 7);
    QCOMPARE(document.plan().phases[7].peak_lr, document.plan().phases[0].peak_lr);
    while (document.phaseCount() > 1) {
      QVERIFY(document.removePhase(0));
    }
    QVERIFY(!document.removePhase(0));
  }

  void aPhasesOwnValueAndItsReturnToThePlans() {
    PlanDocument document = recipe();
    const Json before = document.json();
    const PlanSetting batch = row(scheduleSettings(document, 3, {}), "batch.per_device");
    QVERIFY(!batch.overrides);
    putSetting(document, batch, 3, 8);
    QVERIFY(row(scheduleSettings(document, 3, {}), "batch.per_device").overrides);
    QCOMPARE(document.plan().batch_of(document.plan().phases[3]).per_device, int64_t{8});
    QCOMPARE(document.plan().batch_of(document.plan().phases[2]).per_device, document.plan().batch.per_device);
    document.unset(settingPointer("batch.per_device", 3));
    QVERIFY(document.json() == before);
  }

  void percentIsShownAndAFractionWritten() {
    PlanDocument document = recipe();
    const PlanSetting dropout = row(lossSettings(document, 3, {}), "phase.cfg_dropout");
    QCOMPARE(dropout.number, 15.0);
    QCOMPARE(dropout.unit, QString("%"));
    putSetting(document, dropout, 3, 20);
    QCOMPARE(document.plan().phases[3].cfg_dropout, 0.2);
  }

  void everyValueOfTheTableStandsOnThePageOnce() {
    const PlanDocument document = recipe();
    QStringList phase;
    for (const PlanSetting& setting : scheduleSettings(document, 0, {}) + lossSettings(document, 0, {})) {
      QVERIFY2(!phase.contains(setting.key), qPrintable(setting.key));
      phase << setting.key;
    }
    QStringList general;
    for (const PlanSetting& setting : planSettings(document)) {
      QVERIFY2(!general.contains(setting.key), qPrintable(setting.key));
      general << setting.key;
    }
    for (const ParameterSpec& spec : parameter_specs()) {
      const QString key = QString::fromUtf8(spec.key.data(), static_cast<qsizetype>(spec.key.size()));
      if (spec.group() == "generate" || spec.group() == "source" || spec.key == "phase.name") {
        continue;  // another page; the mixture; the head of the form
      }
      QVERIFY2((spec.group() == "phase" ? phase : general).contains(key), qPrintable(key));
    }
  }

  void everySettingIsReadFromAndWrittenToItsPlace() {
    PlanDocument document = recipe();
    for (const PlanSetting& setting : planSettings(document)) {
      const QVariant shown = setting.kind == "switch"                           ? QVariant(setting.number < 0.5)
                             : setting.kind == "choice"                         ? QVariant(setting.choices.last())
                             : setting.kind == "text" || setting.kind == "path" ? QVariant("somewhere")
                                                                                : QVariant(setting.number + 1);
      PlanDocument changed = document;
      putSetting(changed, setting, -1, shown);
      for (const Problem& problem : changed.problems()) {
        QVERIFY2(problem.message.find("unknown") == std::string::npos,
                 qPrintable(setting.key + ": " + QString::fromStdString(problem.message)));
      }
      const PlanSetting after = row(planSettings(changed), setting.key);
      QVERIFY2(after.number != setting.number || after.text != setting.text || setting.choices.size() == 1 ||
                   setting.text == setting.choices.value(setting.choices.size() - 1),
               qPrintable(setting.key));
    }
  }

  void savedAndOpenedAgainItIsTheSame() {
    const QTemporaryDir folder;
    PlanDocument document = recipe();
    QVERIFY(document.edited());  // a template that was never saved
    document.set("/seed", 7);
    document.save(folder.filePath("a.json"));
    QVERIFY(!document.edited());
    PlanDocument again;
    again.openFile(folder.filePath("a.json"));
    QCOMPARE(again.plan().seed, int64_t{7});
    QVERIFY(!again.edited());
  }

  void aFileWithProblemsOpensAndOneThatIsNoJsonDoesNot() {
    const QTemporaryDir folder;
    QFile file(folder.filePath("broken.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"darkroom_plan\": 1, \"phasess\": []}");
    file.close();
    PlanDocument document;
    document.openFile(file.fileName());
    QVERIFY(!document.problems().empty());
    QVERIFY(!document.edited());
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write("{");
    file.close();
    QVERIFY_EXCEPTION_THROWN(document.openFile(file.fileName()), Error);
    QVERIFY(!document.problems().empty());
  }
};
DARKROOM_TEST(PlanDocumentTest);
#include "plan_document_test.moc"
