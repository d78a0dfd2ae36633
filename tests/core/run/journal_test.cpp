// SPDX-License-Identifier: Apache-2.0
#include "core/run/journal.h"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/core/run/run_fixture.h"
#include "tests/test_registry.h"

using namespace darkroom;
using namespace darkroom::test;

class JournalTest : public QObject {
  Q_OBJECT

 private slots:
  void entriesAreReadInTheOrderInWhichTheyWereWritten() {
    QTemporaryDir folder;
    const Journal journal(path_of(folder) / "journal.jsonl");
    QVERIFY(journal.read().empty());
    QCOMPARE(journal.append(JournalEvent::launched, Json{{"devices", {"cpu", "cpu"}}}).seq, int64_t{1});
    QCOMPARE(journal.append(JournalEvent::died, Json{{"rank", 1}, {"reason", "killed"}}).seq, int64_t{2});
    const std::vector<JournalEntry> entries = journal.read();
    QCOMPARE(entries.size(), size_t{2});
    QCOMPARE(entries[0].event, JournalEvent::launched);
    QCOMPARE(entries[1].fields["reason"].get<std::string>(), std::string("killed"));
    QCOMPARE(entries[1].fields.size(), size_t{2});
    QVERIFY(entries[1].time > 1e9);
  }

  void aTornLineIsPassedOverAndEnded() {
    QTemporaryDir folder;
    const auto path = path_of(folder) / "journal.jsonl";
    const Journal journal(path);
    journal.append(JournalEvent::launched);
    std::ofstream(path, std::ios::app) << "{\"seq\": 2, \"ev";
    QCOMPARE(journal.read().size(), size_t{1});
    QCOMPARE(journal.append(JournalEvent::stopped).seq, int64_t{2});
    QCOMPARE(journal.read().size(), size_t{2});
    std::ofstream(path, std::ios::app) << R"({"seq": 3, "time": 1, "event": "of_a_later_version"})"
                                       << "\n";
    QCOMPARE(journal.read().size(), size_t{2});
    QCOMPARE(journal.append(JournalEvent::finished).seq, int64_t{4});
  }

  void entriesOfSeveralProcessesNeverMix() {
    QTemporaryDir folder;
    const auto path = path_of(folder) / "journal.jsonl";
    constexpr int writers = 4;
    constexpr int each = 10;
    for (int i = 0; i < writers; ++i) {
      if (::fork() == 0) {
        for (int n = 0; n < each; ++n) {
          Journal(path).append(JournalEvent::saved, Json{{"writer", i}, {"n", n}});
        }
        ::_exit(0);
      }
    }
    while (::wait(nullptr) > 0) {
    }
    const std::vector<JournalEntry> entries = Journal(path).read();
    QCOMPARE(entries.size(), size_t{writers * each});
    for (size_t i = 0; i < entries.size(); ++i) {
      QCOMPARE(entries[i].seq, static_cast<int64_t>(i + 1));
    }
  }

  void everyEventHasANameOfItsOwn() {
    QTemporaryDir folder;
    const Journal journal(path_of(folder) / "journal.jsonl");
    for (int i = 0; i <= static_cast<int>(JournalEvent::removed_leftovers); ++i) {
      journal.append(static_cast<JournalEvent>(i));
    }
    const std::vector<JournalEntry> entries = journal.read();
    QCOMPARE(entries.size(), static_cast<size_t>(JournalEvent::removed_leftovers) + 1);
    for (size_t i = 0; i < entries.size(); ++i) {
      QCOMPARE(static_cast<size_t>(entries[i].event), i);
    }
  }
};

DARKROOM_TEST(JournalTest);
#include "journal_test.moc"
