// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/request_queue.h"

#include <QProcess>
#include <QSignalSpy>

#include "tests/app/studio_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

namespace {

GenerateOptions asks(const char* prompt, int64_t count = 1, int64_t steps = 8) {
  GenerateOptions options;
  options.prompt = prompt;
  options.count = count;
  options.steps = steps;
  options.seed = 40;
  return options;
}

/// A queue on the fake engine, and what it said.
struct Requests {
  Requests() : engine(fixture::fakeEngine()), client(&engine), queue(&client, &previews) {
    QObject::connect(&queue, &RequestQueue::made, &queue, [this](const RequestQueue::Place& place, const message::GenerateDone& result) {
      seeds << result.images.front().seed;
      queue.setKept(place, QUrl("file:///made.png"), 1000 + place.image);
    });
    QObject::connect(&queue, &RequestQueue::failed, &queue, [this](const QString& reason) { reasons << reason; });
    QObject::connect(&queue, &RequestQueue::cancelled, &queue, [this] { ++cancelled; });
    QObject::connect(&queue, &RequestQueue::finished, &queue, [this] { ++finished; });
    engine.start();
  }
  QStringList batchStates() const {
    QStringList states;
    for (const BatchItem& item : queue.batch()->rows()) {
      states << item.state;
    }
    return states;
  }

  EngineSupervisor engine;
  SamplingClient client;
  PreviewStore previews;
  RequestQueue queue;
  QList<qlonglong> seeds;
  QStringList reasons;
  int cancelled = 0;
  int finished = 0;
};

}  // namespace

class RequestQueueTest : public QObject {
  Q_OBJECT

 private slots:
  void imagesOfARequestAreMadeOneByOneWithSeedsInARow() {
    Requests requests;
    requests.queue.add(asks("a boat", 3));
    QVERIFY(requests.queue.busy());
    QCOMPARE(requests.batchStates(), QStringList({"running", "waiting", "waiting"}));
    QTRY_COMPARE_WITH_TIMEOUT(requests.finished, 1, 20000);
    QCOMPARE(requests.seeds, QList<qlonglong>({40, 41, 42}));
    QCOMPARE(requests.batchStates(), QStringList({"done", "done", "done"}));
    QCOMPARE(requests.queue.batch()->at(2).imageId, 1002);
    QVERIFY(!requests.queue.busy());
  }

  void variationsOfAPictureKeepItsSeed() {
    Requests requests;
    GenerateOptions options = asks("a boat", 2);
    options.variation_seed = 7;
    options.variation_strength = 0.2;
    QList<qlonglong> variations;
    QObject::connect(
        &requests.queue, &RequestQueue::made, &requests.queue,
        [&](const RequestQueue::Place&, const message::GenerateDone& result) { variations << *result.options.variation_seed; });
    requests.queue.add(options);
    QTRY_COMPARE_WITH_TIMEOUT(requests.finished, 1, 20000);
    QCOMPARE(requests.seeds, QList<qlonglong>({40, 40}));
    QCOMPARE(variations, QList<qlonglong>({7, 8}));
  }

  void imagesOfTheirOwnSettingsAreOneRequest() {
    Requests requests;
    GenerateOptions other = asks("a ship", 5);
    other.seed = 9;
    QSignalSpy abandoned(&requests.queue, &RequestQueue::abandoned);
    requests.queue.add("Two pictures", {asks("a boat"), other});
    const qlonglong waits = requests.queue.add("Waits", {asks("a boat"), other});
    QCOMPARE(requests.queue.waiting()->at(0).title, QString("Waits"));
    QCOMPARE(requests.queue.waiting()->at(0).images, 2);
    requests.queue.remove(0);
    QCOMPARE(abandoned.count(), 1);
    QCOMPARE(abandoned[0][0].toLongLong(), waits);
    QTRY_COMPARE_WITH_TIMEOUT(requests.finished, 1, 20000);
    QCOMPARE(requests.seeds, QList<qlonglong>({40, 9}));
    QCOMPARE(abandoned.count(), 1);
  }

  void waitingRequestsAreReorderedAndRemoved() {
    Requests requests;
    for (const char* prompt : {"slow first", "second", "third", "fourth"}) {
      requests.queue.add(asks(prompt));
    }
    QCOMPARE(requests.queue.waiting()->rowCount(), 3);
    requests.queue.move(2, 0);
    requests.queue.remove(1);
    requests.queue.remove(7);
    requests.queue.move(0, 9);
    QCOMPARE(requests.queue.waiting()->at(0).title, QString("fourth"));
    QCOMPARE(requests.queue.waiting()->at(1).title, QString("third"));
    QTRY_COMPARE_WITH_TIMEOUT(requests.finished, 3, 30000);
  }

  void cancelEndsTheRequestAndTheNextOneBegins() {
    Requests requests;
    requests.queue.add(asks("slow", 2, 200));
    requests.queue.add(asks("a boat"));
    QTRY_VERIFY_WITH_TIMEOUT(requests.queue.pace().step() > 1, 20000);
    requests.queue.cancel();
    QTRY_COMPARE_WITH_TIMEOUT(requests.finished, 1, 20000);
    QCOMPARE(requests.cancelled, 1);
    QCOMPARE(requests.seeds, QList<qlonglong>({40}));
  }

  void cancelThatTheEngineReadsTooLateStillEndsTheRequest() {
    Requests requests;
    requests.queue.add(asks("a boat", 3));
    // After the last step the fake engine sends its image without looking for a cancel, as the real one does while the VAE works.
    QObject::connect(&requests.queue, &RequestQueue::progressChanged, &requests.queue, [&requests] {
      if (requests.queue.stage() == RequestQueue::Decoding) {
        requests.queue.cancel();
      }
    });
    QTRY_COMPARE_WITH_TIMEOUT(requests.cancelled, 1, 20000);
    QCOMPARE(requests.seeds, QList<qlonglong>({40}));
    QCOMPARE(requests.batchStates(), QStringList({"done", "failed", "failed"}));
    QVERIFY(!requests.queue.busy());
    QTest::qWait(200);
    QCOMPARE(requests.seeds.size(), 1);
    QCOMPARE(requests.cancelled, 1);
  }

  void cancelBeforeTheEngineIsThereEndsAtOnce() {
    Requests requests;
    requests.engine.stop();
    requests.queue.add(asks("a boat"));
    requests.queue.cancel();
    QTRY_COMPARE_WITH_TIMEOUT(requests.cancelled, 1, 1000);
    QVERIFY(!requests.queue.busy());
  }

  void killedEngineFailsWhatItWasMakingAndTheQueueGoesOn() {
    Requests requests;
    requests.queue.add(asks("slow", 3, 60));
    requests.queue.add(asks("a boat"));
    QTRY_VERIFY_WITH_TIMEOUT(requests.queue.pace().step() > 1, 20000);
    QCOMPARE(QProcess::execute("kill", {"-9", QString::number(requests.engine.processId())}), 0);
    QTRY_COMPARE_WITH_TIMEOUT(requests.reasons.size(), 1, 10000);
    QVERIFY2(requests.reasons.first().contains("signal"), qPrintable(requests.reasons.first()));
    QTRY_COMPARE_WITH_TIMEOUT(requests.finished, 1, 20000);
    QCOMPARE(requests.seeds, QList<qlonglong>({40}));
    QCOMPARE(requests.reasons.size(), 1);
  }

  void engineThatStaysDownFailsEveryRequestAndEndsTheQueue() {
    Requests requests;
    for (int i = 0; i < 4; ++i) {
      requests.queue.add(asks("die"));
    }
    QTRY_COMPARE_WITH_TIMEOUT(requests.reasons.size(), 4, 30000);
    QVERIFY(!requests.queue.busy());
    QCOMPARE(requests.queue.waiting()->rowCount(), 0);
    QCOMPARE(requests.engine.state(), EngineSupervisor::State::failed);
  }

  void imageOfAnEarlierRequestDoesNotTouchTheBatch() {
    Requests requests;
    requests.queue.add(asks("slow", 1, 100));
    QVERIFY(!requests.queue.setKept({99, 0}, QUrl("file:///old.png"), 5));
    QCOMPARE(requests.batchStates(), QStringList({"running"}));
    QVERIFY(requests.queue.setKept({1, 0}, {}, 0));
    QCOMPARE(requests.batchStates(), QStringList({"failed"}));
  }
};

DARKROOM_TEST(RequestQueueTest);
#include "request_queue_test.moc"
