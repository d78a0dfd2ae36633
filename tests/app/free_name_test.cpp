// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/free_name.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

class FreeNameTest : public QObject {
  Q_OBJECT

 private slots:
  void aTitleBecomesTheNameOfAFile() {
    QCOMPARE(fileNameOf("  cats/dogs:  2 ", "plan"), QString("cats_dogs_ 2"));
    QCOMPARE(fileNameOf(QString::fromUtf8("Äpfel (v1.5)"), "plan"), QString::fromUtf8("Äpfel (v1.5)"));
  }

  void neitherNothingNorAHiddenFileIsAName() {
    QCOMPARE(fileNameOf("   ", "plan"), QString("plan"));
    QCOMPARE(fileNameOf("../plans", "source"), QString("source"));
  }

  void aNameThatIsTakenGetsANumber() {
    const QTemporaryDir folder;
    QCOMPARE(freePath(folder.path(), "demo", "-"), folder.filePath("demo"));
    QVERIFY(QDir().mkpath(folder.filePath("demo")));
    QVERIFY(QDir().mkpath(folder.filePath("demo-2")));
    QCOMPARE(freePath(folder.path(), "demo", "-"), folder.filePath("demo-3"));
    QFile file(folder.filePath("plan.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(freePath(folder.path(), "plan", " ", ".json"), folder.filePath("plan 2.json"));
    QCOMPARE(freePath(folder.path(), "plan", " "), folder.filePath("plan"));
  }
};
DARKROOM_TEST(FreeNameTest);
#include "free_name_test.moc"
