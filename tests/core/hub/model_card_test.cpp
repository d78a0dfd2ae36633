// SPDX-License-Identifier: Apache-2.0
#include "core/hub/model_card.h"

#include "tests/test_registry.h"

using namespace darkroom;

class ModelCardTest : public QObject {
  Q_OBJECT

 private slots:
  void licenceIsReadFromTheFrontMatter_data() {
    QTest::addColumn<QString>("card");
    QTest::addColumn<QString>("text");
    QTest::newRow("plain") << "---\nlicense: creativeml-openrail-m\ntags:\n- a\n---\n# Model\n"
                           << "creativeml-openrail-m";
    QTest::newRow("quoted") << "---\nlicense: \"mit\"   # ours\n---\n"
                            << "mit";
    QTest::newRow("commented") << "---\nlicense: mit # ours\n---\n"
                               << "mit";
    QTest::newRow("list") << "---\nlicense:\n- mit\n- 'apache-2.0'\nother: x\n---\n"
                          << "mit, apache-2.0";
    QTest::newRow("indented list") << "---\nlicense:\n  - mit\n---\n"
                                   << "mit";
    QTest::newRow("flow list") << "---\nlicense: [mit, cc0-1.0]\n---\n"
                               << "mit, cc0-1.0";
    QTest::newRow("named") << "---\nlicense: other\nlicense_name: my-own\nlicense_link: https://h/l\n---\n"
                           << "other: my-own (https://h/l)";
    QTest::newRow("line ends of Windows") << "---\r\nlicense: mit\r\n---\r\n"
                                          << "mit";
    QTest::newRow("byte order mark") << QString::fromUtf8("\xEF\xBB\xBF---\nlicense: mit\n---\n") << "mit";
  }
  void licenceIsReadFromTheFrontMatter() {
    QFETCH(QString, card);
    QFETCH(QString, text);
    QCOMPARE(QString::fromStdString(card_license(card.toStdString()).text()), text);
  }

  void textBelowTheFrontMatterIsNotRead_data() {
    QTest::addColumn<QString>("card");
    QTest::newRow("none") << "# Model\nlicense: mit\n";
    QTest::newRow("below") << "---\ntags: []\n---\nlicense: mit\n";
    QTest::newRow("not closed") << "---\nlicense: mit\n";
    QTest::newRow("of something else") << "---\nbase:\n  license: mit\n---\n";
    QTest::newRow("longer key") << "---\nlicense_note: mit\n---\n";
    QTest::newRow("empty") << "";
  }
  void textBelowTheFrontMatterIsNotRead() {
    QFETCH(QString, card);
    QVERIFY(card_license(card.toStdString()).empty());
  }
};

DARKROOM_TEST(ModelCardTest);
#include "model_card_test.moc"
