// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/tensorboard_events.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

class TensorboardEventsTest : public QObject {
  Q_OBJECT

 private slots:
  void crcIsCastagnolis() {
    QCOMPARE(crc32c("123456789"), 0xE3069283U);
    QCOMPARE(crc32c(""), 0U);
    QCOMPARE(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  }

  void aScalarIsWrittenAsTheTestVectorSays() {
    QTemporaryDir folder;
    TensorboardWriter writer(folder.path().toStdString());
    const auto before = static_cast<qsizetype>(fs::file_size(writer.path()));
    writer.scalar("loss", 7, 1.7e9, 0.5);
    const std::string file = read_file(writer.path());
    const QByteArray record = QByteArray::fromStdString(file).mid(before);
    QCOMPARE(record.toHex(), QByteArray("1a00000000000000129bd82d0900000040fc54d94110072a0d0a0b0a046c6f7373150000003f2c75eab7"));
    QVERIFY(file.find("brain.Event:2") != std::string::npos);
    QVERIFY(writer.path().filename().string().starts_with("events.out.tfevents."));
  }

  void ourOwnFileIsReadBack() {
    QTemporaryDir folder;
    TensorboardWriter writer(folder.path().toStdString(), 100);
    StepReport report;
    report.step = 101;
    report.time = 1.7e9;
    report.loss = 0.25;
    report.lr = 1e-5;
    writer.report(report);
    writer.image("samples/forest", 101, 1.7e9, 2, 1, "\x89PNG");
    writer.sync();
    const std::vector<TensorboardScalar> scalars = read_tensorboard_scalars(writer.path());
    QCOMPARE(scalars.size(), size_t{3});  // loss, lr, epoch
    QCOMPARE(scalars[0].tag, std::string("train/loss"));
    QCOMPARE(scalars[0].step, int64_t{101});
    QCOMPARE(scalars[0].value, 0.25);
    QCOMPARE(scalars[0].wall_time_s, 1.7e9);
    QCOMPARE(scalars[1].value, double(1e-5F));
  }

  void theFileOfPyTorchsWriterIsRead() {
    const fs::path golden = fs::path(DARKROOM_TEST_DATA) / "golden/events.out.tfevents.pytorch";
    const std::vector<TensorboardScalar> scalars = read_tensorboard_scalars(golden);
    QCOMPARE(scalars.size(), size_t{1});
    QCOMPARE(scalars[0].tag, std::string("loss"));
    QVERIFY(scalars[0].wall_time_s > 1e9);
    QVERIFY(scalars[0].value > 0);
  }

  void aTornRecordEndsTheFileAndAChangedOneIsRefused() {
    QTemporaryDir folder;
    TensorboardWriter writer(folder.path().toStdString());
    writer.scalar("a", 1, 1, 1);
    const size_t first_bytes = read_file(writer.path()).size();
    writer.scalar("b", 2, 2, 2);
    const std::string whole = read_file(writer.path());
    QVERIFY(whole.size() > first_bytes + 30);
    const fs::path copy = fs::path(folder.path().toStdString()) / "copy";
    for (size_t cut = 1; cut <= whole.size() - first_bytes; ++cut) {
      write_file_atomically(copy, whole.substr(0, whole.size() - cut));
      QCOMPARE(read_tensorboard_scalars(copy).size(), size_t{1});
    }
    std::string changed = whole;
    changed[changed.size() - 6] ^= 1;
    write_file_atomically(copy, changed);
    QVERIFY_EXCEPTION_THROWN(read_tensorboard_scalars(copy), Error);
    QVERIFY_EXCEPTION_THROWN(read_tensorboard_scalars(copy.string() + ".not"), Error);
  }

  void twoWritersOfOneProcessDoNotMeet() {
    QTemporaryDir folder;
    const TensorboardWriter first(folder.path().toStdString());
    const TensorboardWriter second(folder.path().toStdString());
    QVERIFY(first.path() != second.path());
  }
};

DARKROOM_TEST(TensorboardEventsTest);
#include "tensorboard_events_test.moc"
