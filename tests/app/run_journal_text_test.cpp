// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/runs/run_journal_text.h"

#include "tests/test_registry.h"

using namespace darkroom;       // NOLINT
using namespace darkroom::app;  // NOLINT

class RunJournalTextTest : public QObject {
  Q_OBJECT

  static JournalEntry entry(JournalEvent event, double time = 0, const Json& fields = Json::object()) {
    JournalEntry result;
    result.event = event;
    result.time = time;
    result.fields = fields;
    return result;
  }

 private slots:
  void everyEventIsASentence() {
    for (int event = 0; event <= static_cast<int>(JournalEvent::removed_leftovers); ++event) {
      const JournalItem item = journalItem(entry(static_cast<JournalEvent>(event)), 10);
      QVERIFY2(item.text.endsWith('.'), qPrintable(QStringLiteral("event %1: \"%2\"").arg(event).arg(item.text)));
    }
  }

  void deadWorkerIsAnAlarmWithItsReason() {
    const JournalEntry died = entry(JournalEvent::died, 4, {{"rank", 1}, {"reason", "killed by signal 9"}});
    QVERIFY(isAlarm(died));
    const JournalItem item = journalItem(died, 10);
    QCOMPARE(item.kind, QString("error"));
    QCOMPARE(item.text, QString("Worker 1 ended: killed by signal 9."));
    QCOMPARE(item.secondsAgo, 6.0);
    QVERIFY(!isAlarm(entry(JournalEvent::saved)));
  }

  void digestHasTheNewestFirst() {
    const JournalDigest digest = digestOf({entry(JournalEvent::launched, 1), entry(JournalEvent::saved, 5, {{"step", 50}}),
                                           entry(JournalEvent::died, 6), entry(JournalEvent::resumed, 9, {{"step", 50}})},
                                          10);
    QCOMPARE(digest.items.size(), 4);
    QCOMPARE(digest.items.first().secondsAgo, 1.0);
    QCOMPARE(digest.alarms.size(), 1);
    QCOMPARE(digest.restarts, QList<double>({50}));
    QCOMPARE(digest.lastSave, 5.0);
    QVERIFY(!digest.stopAsked);
  }

  void theLastSaveIsTheLastOneWrittenWhateverTheClockSaid() {
    const JournalDigest digest =
        digestOf({entry(JournalEvent::saved, 86'400, {{"step", 50}}), entry(JournalEvent::saved, 60, {{"step", 60}})}, 70);
    QCOMPARE(digest.lastSave, 60.0);
  }

  void stopIsAskedUntilItHappenedOrTheRunWentOn() {
    std::vector<JournalEntry> journal{entry(JournalEvent::launched), entry(JournalEvent::stop_requested), entry(JournalEvent::saved)};
    QVERIFY(digestOf(journal, 0).stopAsked);
    journal.push_back(entry(JournalEvent::stopped));
    QVERIFY(!digestOf(journal, 0).stopAsked);
    journal.pop_back();
    journal.push_back(entry(JournalEvent::resumed));
    QVERIFY(!digestOf(journal, 0).stopAsked);
  }
};

DARKROOM_TEST(RunJournalTextTest);
#include "run_journal_text_test.moc"
