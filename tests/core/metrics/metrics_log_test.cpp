// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/metrics_log.h"

#include <QTemporaryDir>
#include <fstream>

#include "core/base/atomic_file.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

namespace {

StepReport row(int64_t step) {
  StepReport report;
  report.step = step;
  report.loss = 1.0 / static_cast<double>(step);
  return report;
}

void append_raw(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::app | std::ios::binary) << text; }

std::vector<int64_t> steps(const MetricsTail::Batch& batch) {
  std::vector<int64_t> result;
  for (const StepReport& report : batch.rows) {
    result.push_back(report.step);
  }
  return result;
}

using Steps = std::vector<int64_t>;

}  // namespace

class MetricsLogTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  int number_ = 0;
  fs::path fresh() { return fs::path(folder_.path().toStdString()) / ("m" + std::to_string(++number_) + ".jsonl"); }

 private slots:
  void ofALongFileTheNewestRowsAloneAreRead() {
    const fs::path path = fresh();
    MetricsLog writer(path);
    for (int64_t step = 1; step <= 1000; ++step) {
      writer.append(row(step));
    }
    const uint64_t all = fs::file_size(path);
    const std::string line = to_json_line(row(1000)) + "\n";
    // A limit that cuts a line in two, one that ends right at a line's beginning, and one that is longer than the file.
    for (const uint64_t bytes : {uint64_t{3000}, line.size() * 2, line.size() * 2 - 1, all, all + 1}) {
      MetricsTail tail = MetricsTail::newest(path, bytes);
      const Steps read = steps(tail.poll());
      uint64_t held = 0;
      for (const int64_t step : read) {
        held += to_json_line(row(step)).size() + 1;
      }
      QVERIFY2(held <= bytes && held + line.size() + 10 > std::min(bytes, all), qPrintable(QString::number(bytes)));
      QCOMPARE(read.back(), int64_t{1000});
      QCOMPARE(read.size(), static_cast<size_t>(1000 - read.front() + 1));  // none left out
    }
    MetricsTail tail = MetricsTail::newest(path, 2 * line.size() + 40);
    QCOMPARE(steps(tail.poll()).back(), int64_t{1000});
    writer.append(row(1001));
    QCOMPARE(steps(tail.poll()), Steps{1001});
    // Taken back to an earlier step: again the newest alone, and it says so.
    drop_metrics_after(path, 900);
    const MetricsTail::Batch again = tail.poll();
    QVERIFY(again.restarted);
    QVERIFY(again.rows.size() <= 2);
    QCOMPARE(steps(again).back(), int64_t{900});
  }

  void anyStepOfALongFileIsFound() {
    const fs::path path = fresh();
    QVERIFY(!read_metrics_of(path, 1));  // not there yet
    append_raw(path, "{ torn by a crash\n");
    {
      MetricsLog writer(path);
      for (int64_t step = 3; step <= 3000; step += 3) {
        StepReport report = row(step);
        report.loss_by_noise[static_cast<size_t>(step) % 10] = 0.5;  // lines of several lengths
        writer.append(report);
        if (step == 1500) {
          append_raw(path, "neither is this\n\n");
        }
      }
    }
    append_raw(path, "{\"step\": 3003, \"loss\"");  // being written
    for (int64_t step = 3; step <= 3000; step += 3) {
      const auto found = read_metrics_of(path, step);
      QVERIFY2(found && found->step == step, qPrintable(QString::number(step)));
      QCOMPARE(found->loss, 1.0 / static_cast<double>(step));
    }
    for (const int64_t step : {0, 1, 4, 1501, 2999, 3001, 3003}) {
      QVERIFY2(!read_metrics_of(path, step), qPrintable(QString::number(step)));
    }
  }

  void aTailReplaysAndThenFollows() {
    const fs::path path = fresh();
    MetricsTail tail(path);
    QVERIFY(tail.poll().rows.empty());  // not there yet
    MetricsLog writer(path);
    writer.append(row(1));
    writer.append(row(2));
    QVERIFY(steps(tail.poll()) == (Steps{1, 2}));
    QVERIFY(tail.poll().rows.empty());
    writer.append(row(3));
    const auto batch = tail.poll();
    QVERIFY(steps(batch) == Steps{3});
    QCOMPARE(batch.first_row, int64_t{2});
    QVERIFY(!batch.restarted);
    writer.sync();
  }

  void aTornLastLineIsLeftUntilItIsWhole() {
    const fs::path path = fresh();
    const std::string line = to_json_line(row(7));
    MetricsTail tail(path);
    for (size_t i = 0; i < line.size(); ++i) {
      append_raw(path, line.substr(i, 1));
      QVERIFY(tail.poll().rows.empty());
    }
    append_raw(path, "\n");
    QVERIFY(steps(tail.poll()) == Steps{7});
  }

  void aWriterEndsTheTornLineOfAKilledOneAndReadersPassItOver() {
    const fs::path path = fresh();
    { MetricsLog(path).append(row(1)); }
    append_raw(path, "{\"step\": 2, \"los");
    MetricsTail tail(path);
    QVERIFY(steps(tail.poll()) == Steps{1});
    MetricsLog(path).append(row(2));
    const auto batch = tail.poll();
    QVERIFY(steps(batch) == Steps{2});
    QCOMPARE(batch.first_row, int64_t{1});
  }

  void aRollbackShowsAsARestartWithAllRows() {
    const fs::path path = fresh();
    MetricsTail tail(path);
    {
      MetricsLog writer(path);
      for (int64_t step = 1; step <= 5; ++step) {
        writer.append(row(step));
      }
    }
    QCOMPARE(tail.poll().rows.size(), size_t{5});
    QCOMPARE(drop_metrics_after(path, 3), int64_t{2});
    MetricsLog writer(path);
    // As long as before: only the replaced file tells.
    writer.append(row(4));
    writer.append(row(5));
    writer.append(row(6));
    const auto batch = tail.poll();
    QVERIFY(batch.restarted);
    QCOMPARE(batch.first_row, int64_t{0});
    QVERIFY(steps(batch) == (Steps{1, 2, 3, 4, 5, 6}));
    QVERIFY(!tail.poll().restarted);
  }

  void nothingToDropLeavesTheFileAlone() {
    const fs::path path = fresh();
    QCOMPARE(drop_metrics_after(path, 0), int64_t{0});
    QVERIFY(!fs::exists(path));
    { MetricsLog(path).append(row(1)); }
    MetricsTail tail(path);
    tail.poll();
    QCOMPARE(drop_metrics_after(path, 1), int64_t{0});
    QVERIFY(!tail.poll().restarted);
    append_raw(path, "torn");
    QCOMPARE(drop_metrics_after(path, 1), int64_t{1});
    QCOMPARE(read_file(path), to_json_line(row(1)) + "\n");
  }

  void aReaderThatKeptRowsGoesOnBehindThem() {
    const fs::path path = fresh();
    MetricsLog writer(path);
    for (int64_t step = 1; step <= 4; ++step) {
      writer.append(row(step));
    }
    MetricsTail tail(path, 3);
    const auto batch = tail.poll();
    QVERIFY(steps(batch) == Steps{4});
    QCOMPARE(batch.first_row, int64_t{3});
    QCOMPARE(tail.next_row(), int64_t{4});
  }

  void aReaderThatKeptMoreThanThereIsStartsAgain() {
    const fs::path path = fresh();
    MetricsLog writer(path);
    writer.append(row(1));
    MetricsTail tail(path, 10);
    const auto batch = tail.poll();
    QVERIFY(batch.restarted);
    QVERIFY(steps(batch) == Steps{1});
    QCOMPARE(batch.first_row, int64_t{0});
  }

  void aLongFileComesInPieces() {
    const fs::path path = fresh();
    MetricsLog writer(path);
    constexpr int64_t count = 3000;
    for (int64_t step = 1; step <= count; ++step) {
      writer.append(row(step));
    }
    MetricsTail tail(path);
    int64_t next = 1;
    int polls = 0;
    for (bool more = true; more; ++polls) {
      const auto batch = tail.poll(10000);
      QCOMPARE(batch.first_row, next - 1);
      for (const StepReport& report : batch.rows) {
        QCOMPARE(report.step, next++);
      }
      more = batch.more;
    }
    QCOMPARE(next, count + 1);
    QVERIFY(polls > 3);
  }
};

DARKROOM_TEST(MetricsLogTest);
#include "metrics_log_test.moc"
