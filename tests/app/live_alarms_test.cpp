// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/live_alarms.h"

#include <QDateTime>
#include <QSignalSpy>
#include <optional>

#include "app/runs/runs_view_model.h"
#include "core/metrics/metrics_log.h"
#include "core/plan/plan_templates.h"
#include "core/run/journal.h"
#include "core/run/run_directory.h"
#include "core/run/run_lock.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

namespace {

double now() { return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000; }

StepReport stepOfAge(int64_t step, double age_s, double loss = 0.5) {
  StepReport report;
  report.step = report.micro_steps = step;
  report.total_steps = 100000;
  report.time = now() - age_s;
  report.loss = loss;
  report.grad_norm = 0.5;
  report.step_ms = 100;
  report.data_wait_ms = 1;
  return report;
}

/// A run that says it trains: its lock is held by this process.
struct LiveRun {
  explicit LiveRun(const QString& path, const std::string& name)
      : directory(RunDirectory::create(path.toStdString(), plan_template("pocket_demo"), name, "test")) {
    Journal(directory.journal_file()).append(JournalEvent::launched, {{"world_size", 1}, {"devices", {"cpu"}}});
    lock.emplace(directory.lock_file());
  }
  void add(const StepReport& report) const { MetricsLog(directory.metrics_file()).append(report); }
  QString path() const { return QString::fromStdString(directory.folder().string()); }

  RunDirectory directory;
  std::optional<RunLock> lock;
};

RunAlarm alarm(const QString& key, double secondsAgo, const QString& kind = QStringLiteral("warning")) {
  RunAlarm made;
  made.key = key;
  made.item.kind = kind;
  made.item.secondsAgo = secondsAgo;
  return made;
}

}  // namespace

class LiveAlarmsTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { fixture::fakeEngine(); }

  void anAlarmIsNewsOnceWhoeverFindsIt() {
    AlarmNews news;
    QCOMPARE(news.take("a", {alarm("fresh", 5), alarm("old", 500), alarm("remark", 5, "info")}, AlarmNews::Look::first, true).size(), 1);
    QCOMPARE(news.take("a", {alarm("fresh", 6), alarm("old", 501)}, AlarmNews::Look::later, true).size(), 0);
    QCOMPARE(news.take("a", {alarm("stall", 120)}, AlarmNews::Look::later, true).size(), 1);  // it is as long ago as it took to be seen
    QCOMPARE(news.take("a", {alarm("stall", 5)}, AlarmNews::Look::first, true).size(), 0);
    QCOMPARE(news.take("b", {alarm("fresh", 5)}, AlarmNews::Look::first, true).size(), 1);  // another run's
    QCOMPARE(news.take("b", {alarm("late", 5)}, AlarmNews::Look::later, false).size(), 0);  // it has ended
  }

  void aRunThatNobodyLooksAtIsWatched() {
    QTemporaryDir folder;
    const LiveRun run(folder.filePath("second"), "second run");
    // Many rows before the newest thousand: they are not read, and what was wrong in them is not told.
    {
      MetricsLog metrics(run.directory.metrics_file());
      for (int step = 1; step <= 20000; ++step) {
        metrics.append(stepOfAge(step, 400, step == 10 ? StepReport::none : 0.5));
      }
    }
    QVERIFY(std::filesystem::file_size(run.directory.metrics_file()) > 2U << 20);
    AlarmNews news;
    LiveAlarms alarms(news);
    QSignalSpy raised(&alarms, &LiveAlarms::raised);
    alarms.watch({run.path()});
    QVERIFY(alarms.warningOf(run.path()).isEmpty());
    run.add(stepOfAge(20001, 0));
    QTest::qWait(3500);
    QCOMPARE(raised.count(), 0);
    QVERIFY2(alarms.warningOf(run.path()).isEmpty(), qPrintable(alarms.warningOf(run.path())));
    run.add(stepOfAge(20002, 0, StepReport::none));
    QTRY_COMPARE_WITH_TIMEOUT(raised.count(), 1, 10000);
    QCOMPARE(raised[0][0].toString(), run.path());
    QCOMPARE(raised[0][1].toString(), QString("second run"));
    QVERIFY2(raised[0][2].value<JournalItem>().text.contains("20,002"), qPrintable(raised[0][2].value<JournalItem>().text));
    QVERIFY(alarms.warningOf(run.path()).contains("not finite"));
    Journal(run.directory.journal_file()).append(JournalEvent::save_failed, {{"step", 20002}, {"reason", "the disk is full"}});
    QTRY_COMPARE_WITH_TIMEOUT(raised.count(), 2, 10000);
    alarms.watch({});
    QVERIFY(alarms.warningOf(run.path()).isEmpty());
  }

  void theListMarksTheRunAndItsPageDoesNotTellAgain() {
    fixture::Studio studio;
    QDir(studio.folder.path()).mkpath("runs");
    const LiveRun shown(studio.path("runs/shown"), "shown");
    const LiveRun other(studio.path("runs/other"), "other");
    shown.add(stepOfAge(1, 0));
    other.add(stepOfAge(1, 0));
    RunsViewModel runs(&studio.training, studio.folder.path());
    QSignalSpy raised(&runs, &RunsViewModel::alarmRaised);
    QTRY_COMPARE_WITH_TIMEOUT(runs.list()->total(), 2, 10000);
    runs.setSelected(shown.path());
    QTRY_VERIFY_WITH_TIMEOUT(!runs.run()->loading(), 10000);
    const auto markOf = [&runs](const QString& path) {
      for (const RunItem& item : runs.list()->rows()) {
        if (item.path == path) {
          return item.warning;
        }
      }
      return QStringLiteral("not listed");
    };
    other.add(stepOfAge(2, 0, StepReport::none));
    QTRY_VERIFY_WITH_TIMEOUT(markOf(other.path()).contains("not finite"), 10000);
    QCOMPARE(markOf(shown.path()), QString());
    QCOMPARE(raised.count(), 1);
    QCOMPARE(raised[0][0].toString(), other.path());
    QCOMPARE(raised[0][1].toString(), QString("other"));
    // Its page finds the same alarm, marks it too, and stays silent.
    runs.setSelected(other.path());
    QTRY_COMPARE_WITH_TIMEOUT(runs.run()->alarms()->rowCount(), 1, 10000);
    QTRY_VERIFY_WITH_TIMEOUT(markOf(other.path()).contains("not finite"), 10000);
    QTest::qWait(1500);
    QCOMPARE(raised.count(), 1);
    QVERIFY(runs.warningOf(other.path()).contains("not finite"));
    // The one that was left is watched from now on.
    shown.add(stepOfAge(2, 0, StepReport::none));
    QTRY_COMPARE_WITH_TIMEOUT(raised.count(), 2, 10000);
    QCOMPARE(raised[1][1].toString(), QString("shown"));
  }
};

DARKROOM_TEST(LiveAlarmsTest);
#include "live_alarms_test.moc"
