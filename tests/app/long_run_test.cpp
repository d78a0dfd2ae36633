// SPDX-License-Identifier: GPL-3.0-or-later
// What the window does with a run of very many steps.
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <utility>

#include "app/runs/run_overlays.h"
#include "app/runs/run_view_model.h"
#include "core/plan/plan_templates.h"
#include "core/run/run_directory.h"
#include "tests/app/run_fixture.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"
#include "tests/thread_time.h"
#include "tests/time_limit.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT
using darkroom::app::fixture::makeRun;

namespace {

/// Short lines: these tests are not about how fast a disk is read. The loss of step s is 0.1 and (s mod 800) thousandths.
void writeRows(const RunDirectory& directory, int rows) {
  QFile file(QString::fromStdString(directory.metrics_file().string()));
  QVERIFY(file.open(QIODevice::WriteOnly));
  for (int step = 1; step <= rows; ++step) {
    file.write(QStringLiteral("{\"step\":%1,\"epoch\":%2,\"images\":%3,\"time\":%4,\"loss\":0.%5,\"loss_by_noise\":[0.5,0.25]}\n")
                   .arg(step)
                   .arg(step / 1e4)
                   .arg(step * 8)
                   .arg(1700000000 + step / 4)
                   .arg(100 + step % 800)
                   .toLatin1());
  }
}

}  // namespace

class LongRunTest : public QObject {
  Q_OBJECT

 private slots:
  void aMillionRowsComeWithoutABlock() {
    const QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    writeRows(directory, 1'000'000);
    RunViewModel run;
    RunOverlays overlays;
    run.setOverlays(&overlays);
    // Whatever keeps the event loop from turning shows as a gap between two beats, by the clock and in this thread's own time.
    QElapsedTimer whole;
    QElapsedTimer beat;
    qint64 longest_ms = 0;
    double own_ms = test::thread_ms();
    double longest_own_ms = 0;
    QTimer pulse;
    pulse.setInterval(0);
    connect(&pulse, &QTimer::timeout, this, [&] {
      longest_ms = std::max(longest_ms, beat.restart());
      const double now_ms = test::thread_ms();
      longest_own_ms = std::max(longest_own_ms, now_ms - std::exchange(own_ms, now_ms));
    });
    whole.start();
    beat.start();
    pulse.start();
    run.openRun(folder.filePath("run"), 0);
    QTRY_COMPARE_WITH_TIMEOUT(run.lossSeries()->count(), 1'000'000, 240000);
    const qint64 loaded_ms = whole.elapsed();
    const qint64 while_loading_ms = longest_ms;
    const double own_while_loading_ms = longest_own_ms;
    QTest::qWait(20);
    longest_ms = 0;
    beat.restart();
    run.setSmoothing(0.9);
    QCoreApplication::processEvents();
    const qint64 smoothed_ms = std::max(longest_ms, beat.elapsed());
    qInfo("1M rows in %lld ms; longest block %lld ms, %.0f ms of it own; another smoothing %lld ms", loaded_ms, while_loading_ms,
          own_while_loading_ms, smoothed_ms);
    // Twice the promise in the thread's own time, for a slower machine; the clock's also holds what other programs take.
    QVERIFY2(own_while_loading_ms < test::time_limit_ms(100), qPrintable(QString::number(own_while_loading_ms)));
    QVERIFY2(while_loading_ms < test::time_limit_ms(500), qPrintable(QString::number(while_loading_ms)));
    QVERIFY2(smoothed_ms < test::time_limit_ms(100), qPrintable(QString::number(smoothed_ms)));
  }

  void lossIsToldWhenAWorkerHasSmoothedIt() {
    const QTemporaryDir folder;
    const RunDirectory directory = makeRun(folder.filePath("run"));
    constexpr int kRows = 24'001;
    static_assert(kRows >= static_cast<int>(SmoothLine::kManyRows));
    writeRows(directory, kRows);
    RunViewModel run;
    run.openRun(folder.filePath("run"), 0);
    QTRY_COMPARE_WITH_TIMEOUT(run.lossSeries()->count(), kRows, 20000);
    QTRY_VERIFY_WITH_TIMEOUT(!run.loading(), 5000);
    double told = run.loss();
    const double before = told;
    QVERIFY(before > 0.5);  // the last of a saw's teeth
    connect(&run, &RunViewModel::progressChanged, &run, [&] { told = run.loss(); });
    run.setSmoothing(0);
    QCOMPARE(told, before);  // as the line that is still shown
    QTRY_COMPARE(told, static_cast<double>(0.101f));
  }
};

DARKROOM_TEST(LongRunTest);
#include "long_run_test.moc"
