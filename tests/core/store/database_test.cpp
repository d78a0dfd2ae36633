// SPDX-License-Identifier: Apache-2.0
#include "core/store/database.h"

#include <QTemporaryDir>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/store/migrations.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

class DatabaseTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  fs::path path(const char* name) const { return fs::path(folder_.path().toStdString()) / name; }

 private slots:
  void aNewFileGetsEveryMigration() {
    Database database(path("new"));
    QCOMPARE(database.schema_version(), static_cast<int64_t>(migrations().size()));
    QVERIFY(migrations()[0].name == "0001_initial.sql");
    Statement mode = database.prepare("PRAGMA journal_mode");
    QVERIFY(mode.step());
    QCOMPARE(mode.text(0), std::string("wal"));
    Statement keys = database.prepare("PRAGMA foreign_keys");
    QVERIFY(keys.step());
    QCOMPARE(keys.integer(0), int64_t{1});
  }

  void anOldFileIsBroughtUpToDateAndKeepsItsRows() {
    {
      Database database(path("old"));
      // As it was before the first migration, with a table of its own.
      database.execute("DROP TABLE image; DROP TABLE run; PRAGMA user_version = 0; CREATE TABLE kept (x); INSERT INTO kept VALUES (7)");
    }
    Database database(path("old"));
    QCOMPARE(database.schema_version(), static_cast<int64_t>(migrations().size()));
    Statement kept = database.prepare("SELECT x FROM kept");
    QVERIFY(kept.step());
    QCOMPARE(kept.integer(0), int64_t{7});
    QVERIFY(!database.prepare("SELECT * FROM image").step());
  }

  void aFailedMigrationLeavesTheFileAsItWas() {
    {
      Database database(path("half"));
      database.execute("DROP TABLE run; PRAGMA user_version = 0");  // image is in the migration's way
    }
    QVERIFY_EXCEPTION_THROWN(Database database(path("half")), Error);
    QVERIFY_EXCEPTION_THROWN(Database database(path("half")), Error);
  }

  void aNewerFileAndAFileThatIsNoDatabaseAreRefused() {
    { Database(path("newer")).execute("PRAGMA user_version = 999"); }
    try {
      Database database(path("newer"));
      QFAIL("opened");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::bad_input);
      QVERIFY(std::string(error.what()).find("newer Darkroom") != std::string::npos);
    }
    write_file_atomically(path("text"), std::string(5000, 'x'));
    try {
      Database database(path("text"));
      QFAIL("opened");
    } catch (const Error& error) {
      QCOMPARE(error.code(), ErrorCode::bad_input);
    }
    QVERIFY_EXCEPTION_THROWN(Database database(path("no") / "folder"), Error);
  }

  void aTransactionWithoutCommitIsTakenBack() {
    Database database(path("transaction"));
    database.execute("CREATE TABLE t (x INTEGER)");
    {
      Transaction transaction(database);
      database.execute("INSERT INTO t VALUES (1)");
    }
    QVERIFY(!database.prepare("SELECT x FROM t").step());
    {
      Transaction transaction(database);
      database.execute("INSERT INTO t VALUES (2)");
      transaction.commit();
    }
    QVERIFY(database.prepare("SELECT x FROM t").step());
  }

  void valuesComeBackAsTheyWereBound() {
    Database database(path("values"));
    database.execute("CREATE TABLE t (i, r, s, e, n)");
    Statement insert = database.prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?)");
    const std::string text("zero\0 and ü", 12);
    insert.bind(1, int64_t{1} << 53).bind(2, 0.1).bind(3, text).bind(4, std::string_view()).bind_null(5).run();
    insert.bind(1, 3).run();  // a statement can be run again
    Statement select = database.prepare("SELECT * FROM t ORDER BY i DESC");
    QVERIFY(select.step());
    QCOMPARE(select.integer(0), int64_t{1} << 53);
    QCOMPARE(select.real(1), 0.1);
    QCOMPARE(select.text(2), text);
    QVERIFY(!select.is_null(3) && select.text(3).empty());
    QVERIFY(select.is_null(4));
    QVERIFY_EXCEPTION_THROWN(database.execute("SELEC"), Error);
    QVERIFY_EXCEPTION_THROWN(database.prepare("SELECT * FROM nowhere"), Error);
    QVERIFY_EXCEPTION_THROWN(insert.bind(9, 1), Error);
  }

  void aSecondConnectionReadsWhileTheFirstWrites() {
    Database writer(path("two"));
    writer.execute("CREATE TABLE t (x)");
    Database reader(path("two"));
    Transaction transaction(writer);
    writer.execute("INSERT INTO t VALUES (1)");
    QVERIFY(!reader.prepare("SELECT x FROM t").step());
    transaction.commit();
    QVERIFY(reader.prepare("SELECT x FROM t").step());
  }
};

DARKROOM_TEST(DatabaseTest);
#include "database_test.moc"
