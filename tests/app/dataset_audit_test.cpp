// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/datasets/dataset_audit.h"

#include <QSignalSpy>
#include <QTemporaryDir>

#include "tests/app/datasets_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT
using darkroom::app::fixture::kPatienceMs;
namespace fs = std::filesystem;

namespace {

const QByteArray kFound = "echo '{\"event\":\"done\",\"samples\":240,\"clean\":236,\"findings\":{\"broken\":1,\"flat\":0,\"tiny\":3}}'";
const QByteArray kHalf =
    "echo '{\"event\":\"progress\",\"stage\":\"audit\",\"done\":5,\"total\":10,\"unit\":\"pictures\",\"seconds_left\":3}'; exec sleep 30";

struct AuditBench {
  explicit AuditBench(const QByteArray& script = kFound)
      : audit(fixture::scriptEngine(folder.filePath("engine.sh"), script)), source(fixture::demoShards(path("first"), "The first")) {
    audit.showSource(source);
  }

  fs::path path(const char* name) const { return folder.filePath(name).toStdString(); }

  void writeFindings() const {
    const fs::path file = source.stageFolder("audit") / "audit.jsonl";
    fs::create_directories(file.parent_path());
    std::string lines;
    for (const char* key : {"a", "b c", "d"}) {
      lines += Json{{"finding", "tiny"}, {"source", "demo-000000.tar"}, {"key", key}, {"detail", "8 px"}}.dump() + "\n";
    }
    lines += Json{{"finding", "broken"}, {"source", ""}, {"key", "x.tar::e"}, {"detail", "no shard holds this picture"}}.dump() + "\n";
    write_file_atomically(file, lines);
  }

  QTemporaryDir folder;
  DatasetAudit audit;
  SourceRecord source;
};

}  // namespace

class DatasetAuditTest : public QObject {
  Q_OBJECT

 private slots:
  void findingsStandByKindTheMostFrequentFirst() {
    AuditBench bench;
    QCOMPARE(bench.audit.state(), QString("waiting"));
    QVERIFY(!bench.audit.known());
    bench.writeFindings();
    bench.audit.run();
    QTRY_COMPARE_WITH_TIMEOUT(bench.audit.state(), QString("done"), kPatienceMs);
    QVERIFY2(bench.audit.line().startsWith("4 finding"), qPrintable(bench.audit.line()));
    QCOMPARE(bench.audit.kinds()->rowCount(), 2);
    QCOMPARE(bench.audit.kinds()->at(0).key, QString("tiny"));
    QCOMPARE(bench.audit.kinds()->at(0).countText, QString("3"));
    QCOMPARE(bench.audit.kinds()->at(1).key, QString("broken"));
    QTRY_COMPARE_WITH_TIMEOUT(bench.audit.findings()->rowCount(), 3, kPatienceMs);
    QCOMPARE(bench.audit.findings()->at(1).name, QString("demo-000000.tar::b c"));
    QCOMPARE(bench.audit.findings()->at(1).picture.toString(QUrl::FullyEncoded), QString("image://wall/key/demo-000000.tar%3A%3Ab%20c"));
  }

  void anotherKindShowsItsOwnPictures() {
    AuditBench bench;
    bench.writeFindings();
    bench.audit.run();
    QTRY_COMPARE_WITH_TIMEOUT(bench.audit.state(), QString("done"), kPatienceMs);
    bench.audit.setKind("broken");
    QTRY_COMPARE_WITH_TIMEOUT(bench.audit.findings()->rowCount(), 1, kPatienceMs);
    QCOMPARE(bench.audit.findings()->at(0).name, QString("x.tar::e"));  // a row without a shard has its whole key
  }

  void whatWasFoundIsThereWhenTheStudioStartsAgain() {
    AuditBench bench;
    bench.audit.setTinySide(200);
    bench.audit.run();
    QTRY_COMPARE_WITH_TIMEOUT(bench.audit.state(), QString("done"), kPatienceMs);
    DatasetAudit later({QStringLiteral("/nowhere/engine"), {}, {}});
    later.showSource(bench.source);
    QCOMPARE(later.state(), QString("done"));
    QCOMPARE(later.kinds()->rowCount(), 2);
    QCOMPARE(later.tinySide(), 200);
  }

  void anotherLimitPutsItOutOfDate() {
    AuditBench bench;
    bench.audit.run();
    QTRY_COMPARE_WITH_TIMEOUT(bench.audit.state(), QString("done"), kPatienceMs);
    const int side = bench.audit.tinySide();
    bench.audit.setTinySide(side + 8);
    QCOMPARE(bench.audit.state(), QString("stale"));
    bench.audit.setTinySide(side);
    QCOMPARE(bench.audit.state(), QString("done"));
  }

  void itIsPausedAndGoesOn() {
    AuditBench bench(kHalf);
    bench.audit.run();
    QTRY_COMPARE_WITH_TIMEOUT(bench.audit.line(), QString("5 of 10"), kPatienceMs);
    QCOMPARE(bench.audit.progress(), 0.5);
    QVERIFY(bench.audit.running());
    bench.audit.pause();
    QTRY_COMPARE_WITH_TIMEOUT(bench.audit.state(), QString("paused"), kPatienceMs);
    QCOMPARE(bench.audit.line(), QString("5 of 10"));
    bench.audit.run();
    QCOMPARE(bench.audit.state(), QString("running"));
  }

  void aKilledEngineIsSaidAndTheAuditCanGoOn() {
    AuditBench bench("kill -9 $$");
    const QSignalSpy failed(&bench.audit, &SideStage::failed);
    bench.audit.run();
    QTRY_COMPARE_WITH_TIMEOUT(bench.audit.state(), QString("failed"), kPatienceMs);
    QVERIFY2(bench.audit.problem().contains("signal"), qPrintable(bench.audit.problem()));
    QCOMPARE(failed.count(), 1);
    QVERIFY(bench.audit.canRun());
  }

  void itGoesOnWhileAnotherSourceIsLookedAt() {
    AuditBench bench(kHalf);
    const SourceRecord second = fixture::demoShards(bench.path("second"), "The second");
    bench.audit.run();
    QTRY_COMPARE_WITH_TIMEOUT(bench.audit.line(), QString("5 of 10"), kPatienceMs);
    bench.audit.showSource(second);
    QVERIFY(!bench.audit.running() && bench.audit.active());
    QCOMPARE(bench.audit.state(), QString("waiting"));
    QVERIFY(!bench.audit.canRun());
    QVERIFY2(bench.audit.cannot().contains("The first"), qPrintable(bench.audit.cannot()));
    bench.audit.showSource(bench.source);
    QCOMPARE(bench.audit.state(), QString("running"));
  }

  void withoutShardsThereIsNothingToLookAt() {
    AuditBench bench;
    SourceRecord folder = fixture::demoShards(bench.path("third"), "The third");
    folder.kind = SourceKind::folder;
    bench.audit.showSource(folder);
    QVERIFY(!bench.audit.canRun());
    QCOMPARE(bench.audit.line(), QString("needs shards"));
  }
};

DARKROOM_TEST(DatasetAuditTest);
#include "dataset_audit_test.moc"
