// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_host/training_client.h"

#include <QFile>
#include <QSignalSpy>

#include "core/plan/plan_templates.h"
#include "core/run/run_directory.h"
#include "tests/app/run_fixture.h"
#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT
using darkroom::app::fixture::makeRun;

namespace {

/// A command that runs these lines of sh, whatever the engine's arguments are.
EngineCommand script(const QString& lines) {
  return {QStringLiteral("/bin/sh"), {QStringLiteral("-c"), lines, QStringLiteral("engine")}, {}};
}

}  // namespace

class TrainingClientTest : public QObject {
  Q_OBJECT

 private slots:
  void runThatIsStartingIsNotStartedAgain() {
    QTemporaryDir folder;
    EngineSupervisor engine(script("echo >>'" + folder.filePath("launches") + "'; sleep 1; exit 1"));
    TrainingClient client(&engine);
    QSignalSpy failed(&client, &TrainingClient::failed);
    for (int press = 0; press < 3; ++press) {
      client.resume(folder.filePath("run"), {"cpu"});
    }
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, 10000);
    QFile launches(folder.filePath("launches"));
    QVERIFY(launches.open(QIODevice::ReadOnly));
    QCOMPARE(launches.readAll(), QByteArray("\n"));
    // After its end it may be started again.
    client.resume(folder.filePath("run"), {"cpu"});
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 2, 10000);
  }

  void lastWordsOfAStartThatFailedAreTheReason() {
    QTemporaryDir folder;
    EngineSupervisor engine(script("echo starting >&2; echo 'The plan has no phases.' >&2; exit 3"));
    TrainingClient client(&engine);
    QSignalSpy failed(&client, &TrainingClient::failed);
    client.start("plan.json", folder.filePath("run"), {"cpu"});
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, 10000);
    QCOMPARE(failed.first().at(1).toString(), QString("The plan has no phases."));
    QCOMPARE(failed.first().at(2).toString(), QString("starting\nThe plan has no phases."));
  }

  void unreadableRunIsTold() {
    QTemporaryDir folder;
    makeRun(folder.filePath("run"));
    QFile info(folder.filePath("run/run.json"));
    QVERIFY(info.open(QIODevice::WriteOnly | QIODevice::Truncate));
    info.write("{ torn");
    info.close();
    EngineSupervisor engine(script("exit 1"));
    TrainingClient client(&engine);
    QSignalSpy failed(&client, &TrainingClient::failed);
    client.resume(folder.filePath("run"), {"cpu"});
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, 10000);
    QVERIFY2(failed.first().at(1).toString().contains("run.json"), qPrintable(failed.first().at(1).toString()));
  }

  void missingEngineIsToldByName() {
    QTemporaryDir folder;
    EngineSupervisor engine(EngineCommand{"/nowhere/darkroom-engine", {}, {}});
    TrainingClient client(&engine);
    QSignalSpy failed(&client, &TrainingClient::failed);
    client.start("plan.json", folder.filePath("run"), {"cpu"});
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, 5000);
    QVERIFY(failed.first().at(1).toString().contains("/nowhere/darkroom-engine"));
  }
};

DARKROOM_TEST(TrainingClientTest);
#include "training_client_test.moc"
