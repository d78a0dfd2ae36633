// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/viewmodels/picture_sides.h"

#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

class PictureSidesTest : public QObject {
  Q_OBJECT

 private slots:
  void linkedSidesKeepTheirProportion() {
    PictureSides sides{512, 768, true};
    QVERIFY(sides.setWidth(256));
    QCOMPARE(sides.height, 384);
    QVERIFY(sides.setHeight(768));
    QCOMPARE(sides.width, 512);
    sides.linked = false;
    QVERIFY(sides.setWidth(64));
    QCOMPARE(sides.height, 768);
  }

  void sidesAreMultiplesOfEight() {
    PictureSides sides;
    sides.linked = false;
    sides.setWidth(101);
    QCOMPARE(sides.width, 104);
    QVERIFY(!sides.setWidth(105));
    sides.set(99, 1);
    QCOMPARE(sides.width, 96);
    QVERIFY(sides.height >= 8);
    QCOMPARE(sides.height % 8, 0);
  }

  void shapesHaveAboutTheModelsPixels() {
    for (const int model : {96, 512, 1024}) {
      for (const QString& name : shapeNames()) {
        PictureSides sides;
        QVERIFY(sides.setShape(name, model));
        QCOMPARE(sides.shape(model), name);
        QCOMPARE(sides.width % (model >= 512 ? 64 : 8), 0);
        const double pixels = static_cast<double>(sides.width) * sides.height / (static_cast<double>(model) * model);
        QVERIFY2(pixels > 0.8 && pixels < 1.2, qPrintable(QStringLiteral("%1 of %2: %3").arg(name).arg(model).arg(pixels)));
      }
    }
  }

  void otherShapesHaveNoName() {
    const PictureSides sides{512, 1024, true};
    QVERIFY(sides.shape(512).isEmpty());
    PictureSides same = sides;
    QVERIFY(!same.setShape("7:5", 512));
    QCOMPARE(same.width, 512);
    QCOMPARE(same.height, 1024);
  }
};

DARKROOM_TEST(PictureSidesTest);
#include "picture_sides_test.moc"
