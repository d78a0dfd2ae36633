// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/shell_view_model.h"

#include <QSignalSpy>

#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

class ShellViewModelTest : public QObject {
  Q_OBJECT

 private slots:
  void engineStateIsToldFromStartToFailure() {
    EngineSupervisor engine(fixture::fakeEngine());
    ShellViewModel shell(&engine);
    QCOMPARE(shell.engineState(), ShellViewModel::EngineStarting);
    engine.start();
    QTRY_COMPARE_WITH_TIMEOUT(shell.engineState(), ShellViewModel::EngineReady, 20000);
    QCOMPARE(shell.devices()->rowCount(), 1);
    QCOMPARE(shell.devices()->at(0).name, QString("CPU"));

    EngineSupervisor missing(EngineCommand{"/nowhere/engine", {}, {}});
    ShellViewModel alone(&missing);
    missing.start();
    QTRY_COMPARE_WITH_TIMEOUT(alone.engineState(), ShellViewModel::EngineFailed, 5000);
    QVERIFY(!alone.engineProblem().isEmpty());
    QCOMPARE(alone.unread(), 1);
    QCOMPARE(alone.notifications()->at(0).action, QString("engine.restart"));
    alone.markNotificationsRead();
    QCOMPARE(alone.unread(), 0);
  }

  void paletteFindsByWordsBestFirst() {
    EngineSupervisor engine(fixture::fakeEngine());
    ShellViewModel shell(&engine);
    shell.setActions("Runs", {{"run.open:a", "Runs", "demo", "training", "runs", {}, {}}});
    shell.setActionFilter("dem");
    QCOMPARE(shell.actions()->at(0).id, QString("run.open:a"));
    shell.setActionFilter("theme dark");
    QCOMPARE(shell.actions()->rowCount(), 1);
    shell.trigger(shell.actions()->at(0).id);
    QVERIFY(shell.darkTheme());
    shell.trigger("theme.light");
    QVERIFY(!shell.darkTheme());
  }

  void actionsOpenTheirPageAndReachWhoDoesThem() {
    EngineSupervisor engine(fixture::fakeEngine());
    ShellViewModel shell(&engine);
    QSignalSpy triggered(&shell, &ShellViewModel::actionTriggered);
    shell.trigger("page.runs");
    QCOMPARE(shell.page(), QString("runs"));
    QCOMPARE(triggered.count(), 0);
    shell.trigger("image.open:5");
    QCOMPARE(shell.page(), QString("generate"));
    QCOMPARE(triggered.count(), 1);
    shell.setPage("nonsense");
    QCOMPARE(shell.page(), QString("generate"));
  }

  void keysOfThePartStandBeforeThoseOfThePage() {
    EngineSupervisor engine(fixture::fakeEngine());
    ShellViewModel shell(&engine);
    const auto row = [&shell](const QString& keys, const QString& title) {
      const QList<ActionItem>& rows = shell.keys()->rows();
      const auto found = std::find_if(rows.begin(), rows.end(), [&](const ActionItem& item) {
        return item.shortcut == keys && item.title.contains(title, Qt::CaseInsensitive);
      });
      return found == rows.end() ? -1 : static_cast<int>(found - rows.begin());
    };
    QVERIFY(row("Esc", "Cancel") >= 0 && row("0 … 5", "Rate") > row("Esc", "Cancel"));
    QCOMPARE(row("X", "eraser"), -1);
    QSignalSpy changed(&shell, &ShellViewModel::partChanged);
    shell.setPart("mask");
    QCOMPARE(changed.count(), 1);
    QVERIFY(row("X", "eraser") >= 0 && row("X", "eraser") < row("Ctrl+K", "Search"));
    QVERIFY(row("Esc", "mask stays") >= 0);
    QCOMPARE(row("Esc", "Cancel"), -1);  // Esc ends the painting, so it does not stand there twice
    QVERIFY(row("0 … 5", "Rate") > row("Ctrl+K", "Search"));
    shell.setPart("compare");
    QCOMPARE(row("X", "eraser"), -1);
    QVERIFY(row("S", "Swap") >= 0);
    shell.setPage("runs");
    QCOMPARE(shell.keys()->rows(), shell.shortcuts()->rows());
  }

  void keysToBeReadAreNeverBound() {
    EngineSupervisor engine(fixture::fakeEngine());
    ShellViewModel shell(&engine);
    shell.setPart("mask");
    for (const ActionItem& item : shell.shortcuts()->rows()) {
      QVERIFY2(!item.id.isEmpty(), qPrintable(item.title));
    }
  }

  void activitiesAreOneAKey() {
    EngineSupervisor engine(fixture::fakeEngine());
    ShellViewModel shell(&engine);
    shell.showActivity({"generate", "generate", "Generating", "1 of 2", 0.1, {}, true, "generate"});
    shell.showActivity({"generate", "generate", "Generating", "2 of 2", 0.6, {}, true, "generate"});
    QCOMPARE(shell.activities()->rowCount(), 1);
    QCOMPARE(shell.activities()->at(0).detail, QString("2 of 2"));
    shell.endActivity("generate");
    QCOMPARE(shell.activities()->rowCount(), 0);
  }
};

DARKROOM_TEST(ShellViewModelTest);
#include "shell_view_model_test.moc"
