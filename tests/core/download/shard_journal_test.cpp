// SPDX-License-Identifier: Apache-2.0
#include "core/download/shard_journal.h"

#include <QTemporaryDir>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/download/shard_plan.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

namespace {

RowOutcome success(int width) {
  return {.width = width, .height = 2, .original_width = 3, .original_height = 4, .exif = "{\"a\":\"\xC3\xA9\"}", .hash = "ab"};
}

// Not synced: hundreds of these in a test.
void write_file(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

}  // namespace

class ShardJournalTest : public QObject {
  Q_OBJECT

 private slots:
  void numbersAndKeysAreThoseOfThePeer() {
    const std::vector<uint64_t> rows{25, 0, 10, 3};
    const ShardPlan plan(rows, 10, 5);
    QCOMPARE(plan.shards().size(), size_t{5});
    QCOMPARE(plan.rows(), uint64_t{38});
    QCOMPARE(plan.shards()[2].rows, uint64_t{5});  // a shard never spans two inputs
    QCOMPARE(plan.shards()[3].input, size_t{2});
    QCOMPARE(plan.shards()[4].rows, uint64_t{3});
    QCOMPARE(plan.shard_name(4), std::string("00004"));
    QCOMPARE(plan.key(4, 2), std::string("000042"));
    const std::vector<uint64_t> many{30000};
    QCOMPARE(ShardPlan(many, 10'000, 5).key(1, 5), std::string("000010005"));
    QCOMPARE(ShardPlan(many, 10'001, 5).key(1, 5), std::string("0000100005"));
    QCOMPARE(ShardPlan(rows, 1, 5).key(37, 0), std::string("00037"));
  }

  void numbersThatNeedMoreDigitsAreRefused() {
    const std::vector<uint64_t> rows{101};
    QVERIFY_EXCEPTION_THROWN(ShardPlan(rows, 1, 2), Error);
    QCOMPARE(ShardPlan(rows, 1, 3).shards().size(), size_t{101});
  }

  void whatWasRecordedIsThereAgain() {
    const QTemporaryDir folder;
    const fs::path path = folder.path().toStdString();
    {
      ShardJournal journal(path, "00000", 5);
      journal.record(3, success(7), "three");
      journal.record(1, {.status = RowStatus::failed_to_download, .error = "timed out", .detail = "x"}, {});
      journal.record(0, success(9), "null");
      journal.record(0, success(10), "again");  // it has ended already
    }
    ShardJournal journal(path, "00000", 5);
    QCOMPARE(journal.recorded(), uint64_t{3});
    QCOMPARE(journal.outcome(3)->width, 7);
    QCOMPARE(journal.outcome(3)->exif, success(0).exif);
    QCOMPARE(journal.outcome(0)->width, 9);
    QCOMPARE(journal.picture(3), std::string("three"));
    QCOMPARE(journal.picture(0), std::string("null"));
    QCOMPARE(journal.outcome(1)->error, std::string("timed out"));
    QVERIFY(journal.outcome(2) == nullptr);
    journal.record(2, success(1), "two");
    QCOMPARE(journal.picture(2), std::string("two"));
    journal.remove();
    QVERIFY(fs::is_empty(path));
  }

  void aJournalTakesTheNameOfAnother() {
    const QTemporaryDir folder;
    const fs::path path = folder.path().toStdString();
    ShardJournal(path, "s", 3).record(2, success(1), "old");
    ShardJournal draft(path, "s.draft", 3);
    draft.record(0, success(5), "new");
    draft.rename_to("s");
    ShardJournal journal(path, "s", 3);
    QCOMPARE(journal.recorded(), uint64_t{1});
    QCOMPARE(journal.picture(0), std::string("new"));
    journal.remove();
    QVERIFY(fs::is_empty(path));
  }

  void aTornEndLosesOneRowAndNoOther() {
    // The journal cut at every byte: what is left is a row recorded whole, or not at all, and goes on.
    const QTemporaryDir folder;
    const fs::path path = folder.path().toStdString();
    {
      ShardJournal journal(path, "s", 3);
      journal.record(0, success(1), "first");
      journal.record(1, success(2), "second");
    }
    const std::string lines = read_file(path / "s.journal");
    const std::string pictures = read_file(path / "s.pictures");
    const size_t first_ends = lines.find('\n', lines.find('\n') + 1) + 1;
    for (size_t cut = 0; cut < lines.size(); ++cut) {
      write_file(path / "s.journal", lines.substr(0, cut));
      write_file(path / "s.pictures", pictures);
      ShardJournal journal(path, "s", 3);
      QCOMPARE(journal.recorded(), uint64_t{cut >= first_ends ? 1U : 0U});
      journal.record(1, success(3), "another");
      QCOMPARE(journal.picture(1), std::string("another"));
      if (cut >= first_ends) {
        QCOMPARE(journal.picture(0), std::string("first"));
      }
    }
  }

  void aPictureThatIsNotWhatTheLineSaysIsNotBelieved() {
    const QTemporaryDir folder;
    const fs::path path = folder.path().toStdString();
    {
      ShardJournal journal(path, "s", 3);
      journal.record(0, success(1), "first");
      journal.record(1, success(2), "second");
    }
    const std::string pictures = read_file(path / "s.pictures");
    write_file(path / "s.pictures", pictures.substr(0, pictures.size() - 1));
    QCOMPARE(ShardJournal(path, "s", 3).recorded(), uint64_t{1});
    {
      ShardJournal journal(path, "s", 3);
      journal.record(1, success(2), "second");
    }
    std::string wrong = pictures;
    wrong[1] = 'X';
    write_file(path / "s.pictures", wrong);
    QCOMPARE(ShardJournal(path, "s", 3).recorded(), uint64_t{0});
  }

  void aJournalOfOtherRowsIsBegunAnew() {
    const QTemporaryDir folder;
    const fs::path path = folder.path().toStdString();
    ShardJournal(path, "s", 3).record(0, success(1), "first");
    QCOMPARE(ShardJournal(path, "s", 4).recorded(), uint64_t{0});
  }
};

DARKROOM_TEST(ShardJournalTest);
#include "shard_journal_test.moc"
