// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_host/sampling_client.h"

#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

namespace {

/// Counts the answers of every request.
struct Answers {
  explicit Answers(SamplingClient& client) {
    QObject::connect(&client, &SamplingClient::done, [this](const QString& id) { ids[id] << "done"; });
    QObject::connect(&client, &SamplingClient::failed, [this](const QString& id, const QString& reason, const QString& log) {
      ids[id] << "failed";
      lastReason = reason;
      lastLog = log;
    });
    QObject::connect(&client, &SamplingClient::cancelled, [this](const QString& id) { ids[id] << "cancelled"; });
    QObject::connect(&client, &SamplingClient::previewed, [this] { ++previews; });
  }
  QHash<QString, QStringList> ids;
  QString lastReason, lastLog;
  int previews = 0;
};

GenerateOptions asksOne(const char* prompt, int64_t steps = 8) {
  GenerateOptions options;
  options.prompt = prompt;
  options.steps = steps;
  return options;
}

}  // namespace

class SamplingClientTest : public QObject {
  Q_OBJECT

 private slots:
  void requestBeforeTheEngineIsReadyIsAnswered() {
    EngineSupervisor engine(fixture::fakeEngine());
    SamplingClient client(&engine);
    Answers answers(client);
    const QString id = client.start(asksOne("a boat"));
    engine.start();
    QTRY_COMPARE_WITH_TIMEOUT(answers.ids[id], QStringList{"done"}, 20000);
    QVERIFY(answers.previews >= 1);
  }

  void everyIdGetsExactlyOneAnswerWhenTheEngineDies() {
    EngineSupervisor engine(fixture::fakeEngine());
    SamplingClient client(&engine);
    Answers answers(client);
    engine.start();
    const QString first = client.start(asksOne("die here"));
    const QString second = client.start(asksOne("a boat"));
    QTRY_COMPARE_WITH_TIMEOUT(answers.ids.size(), 2, 20000);
    QCOMPARE(answers.ids[first], QStringList{"failed"});
    QCOMPARE(answers.ids[second], QStringList{"failed"});
    QVERIFY2(answers.lastReason.contains("exit code 7"), qPrintable(answers.lastReason));
    QVERIFY2(answers.lastLog.contains("last words of the fake engine"), qPrintable(answers.lastLog));
    // It comes back by itself, once, and works.
    QTRY_COMPARE_WITH_TIMEOUT(engine.state(), EngineSupervisor::State::ready, 20000);
    const QString third = client.start(asksOne("a boat"));
    QTRY_COMPARE_WITH_TIMEOUT(answers.ids[third], QStringList{"done"}, 20000);
  }

  void secondDeathAsksInsteadOfRestarting() {
    EngineSupervisor engine(fixture::fakeEngine());
    SamplingClient client(&engine);
    Answers answers(client);
    engine.start();
    client.start(asksOne("die"));
    QTRY_COMPARE_WITH_TIMEOUT(answers.ids.size(), 1, 20000);
    QTRY_COMPARE_WITH_TIMEOUT(engine.state(), EngineSupervisor::State::ready, 20000);
    client.start(asksOne("die"));
    QTRY_COMPARE_WITH_TIMEOUT(engine.state(), EngineSupervisor::State::failed, 20000);
    const QString refused = client.start(asksOne("a boat"));
    QTRY_COMPARE_WITH_TIMEOUT(answers.ids[refused], QStringList{"failed"}, 5000);
    engine.start();
    const QString again = client.start(asksOne("a boat"));
    QTRY_COMPARE_WITH_TIMEOUT(answers.ids[again], QStringList{"done"}, 20000);
  }

  void cancelEndsARunningRequest() {
    EngineSupervisor engine(fixture::fakeEngine());
    SamplingClient client(&engine);
    Answers answers(client);
    engine.start();
    const QString id = client.start(asksOne("slow", 500));
    QTRY_VERIFY_WITH_TIMEOUT(answers.previews > 0, 20000);
    client.cancel(id);
    QTRY_COMPARE_WITH_TIMEOUT(answers.ids[id], QStringList{"cancelled"}, 5000);
  }

  void silentEngineIsEnded() {
    EngineSupervisor engine(fixture::fakeEngine(), {.hello_ms = 20000, .ping_every_ms = 50, .silence_ms = 1000, .stable_ms = 60000});
    SamplingClient client(&engine);
    Answers answers(client);
    engine.start();
    const QString id = client.start(asksOne("hang"));
    QTRY_COMPARE_WITH_TIMEOUT(answers.ids[id], QStringList{"failed"}, 20000);
    QVERIFY2(answers.lastReason.contains("said nothing"), qPrintable(answers.lastReason));
  }

  void stoppedEngineAnswersWhatWasSent() {
    EngineSupervisor engine(fixture::fakeEngine());
    SamplingClient client(&engine);
    Answers answers(client);
    engine.start();
    const QString id = client.start(asksOne("slow", 500));
    QTRY_VERIFY_WITH_TIMEOUT(answers.previews > 0, 20000);
    engine.stop();
    QCOMPARE(engine.state(), EngineSupervisor::State::stopped);
    QCOMPARE(answers.ids[id], QStringList{"failed"});
  }

  void engineThatIsStoppedWhileItRestartsStaysStopped() {
    EngineSupervisor engine(fixture::fakeEngine());
    SamplingClient client(&engine);
    engine.start();
    client.start(asksOne("die"));
    QTRY_COMPARE_WITH_TIMEOUT(engine.state(), EngineSupervisor::State::restarting, 20000);
    engine.stop();
    QTest::qWait(400);
    QCOMPARE(engine.state(), EngineSupervisor::State::stopped);
    QCOMPARE(engine.processId(), 0);
  }

  void missingProgramIsToldByName() {
    EngineSupervisor engine(EngineCommand{"/nowhere/darkroom-engine", {}, {}});
    engine.start();
    QTRY_COMPARE_WITH_TIMEOUT(engine.state(), EngineSupervisor::State::failed, 5000);
    QVERIFY2(engine.problem().contains("/nowhere/darkroom-engine"), qPrintable(engine.problem()));
  }

  void wrongProgramFailsTheHandshake() {
    EngineSupervisor engine(EngineCommand{"/bin/echo", {}, {}});
    engine.start();
    QTRY_COMPARE_WITH_TIMEOUT(engine.state(), EngineSupervisor::State::failed, 5000);
    QVERIFY(!engine.problem().isEmpty());
  }
};

DARKROOM_TEST(SamplingClientTest);
#include "sampling_client_test.moc"
