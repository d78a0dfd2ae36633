// SPDX-License-Identifier: Apache-2.0
#include "core/store/run_table.h"

#include <QTemporaryDir>

#include "tests/test_registry.h"

using namespace darkroom;

class RunTableTest : public QObject {
  Q_OBJECT

  static RunStatus status(const std::string& folder, double created, RunState state = RunState::running) {
    RunStatus result;
    result.id = "id" + folder;
    result.folder = folder;
    result.name = "name";
    result.created = created;
    result.state = state;
    result.loss = 0.5;
    return result;
  }

 private slots:
  void theNewestStatusOfAFolderIsKeptAndTheListIsNewestFirst() {
    QTemporaryDir folder;
    Database database(std::filesystem::path(folder.path().toStdString()) / "db");
    RunTable table(database);
    table.put(status("/a", 1));
    table.put(status("/b", 2));
    table.put(status("/a", 1, RunState::done));
    QCOMPARE(table.list().size(), size_t{2});
    QCOMPARE(table.list().front().folder, std::string("/b"));
    QVERIFY(*table.get("/a") == status("/a", 1, RunState::done));
    table.remove("/a");
    QVERIFY(!table.get("/a"));
  }

  void rebuildingReplacesEverythingAtOnce() {
    QTemporaryDir folder;
    Database database(std::filesystem::path(folder.path().toStdString()) / "db");
    RunTable table(database);
    table.put(status("/gone", 1));
    table.rebuild({status("/a", 1), status("/b", 2)});
    QCOMPARE(table.list().size(), size_t{2});
    QVERIFY(!table.get("/gone"));
  }
};

DARKROOM_TEST(RunTableTest);
#include "run_table_test.moc"
