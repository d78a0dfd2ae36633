// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/canvas/mask_layer.h"

#include <QSignalSpy>

#include "tests/test_registry.h"

using darkroom::app::MaskLayer;

class MaskLayerTest : public QObject {
  Q_OBJECT

  static int at(const MaskLayer& mask, int x, int y) { return qGray(mask.image().pixel(x, y)); }
  static void dot(MaskLayer& mask, double x, double y, double diameter, bool erase = false) {
    mask.begin(x, y, diameter, erase);
    mask.end();
  }

 private slots:
  void strokesAreWhiteWhereTheBrushWasAndNowhereElse() {
    MaskLayer mask;
    mask.setPictureSize({64, 48});
    QVERIFY(mask.isBlank());
    mask.begin(10, 20, 8, false);
    mask.strokeTo(50, 20);
    mask.end();
    QVERIFY(!mask.isBlank());
    QCOMPARE(mask.image().size(), QSize(64, 48));
    QCOMPARE(at(mask, 10, 20), 255);
    QCOMPARE(at(mask, 30, 22), 255);
    QCOMPARE(at(mask, 50, 18), 255);
    QCOMPARE(at(mask, 30, 26), 0);
    QCOMPARE(at(mask, 2, 20), 0);
    dot(mask, 30, 20, 6, true);
    QCOMPARE(at(mask, 30, 20), 0);
    QCOMPARE(at(mask, 20, 20), 255);
  }

  void placesAreThoseOfThePictureHoweverLargeItIs() {
    MaskLayer mask;
    mask.setPictureSize({4096, 2048});
    QCOMPARE(mask.image().size(), QSize(1024, 512));
    dot(mask, 2000, 1000, 400);
    QCOMPARE(at(mask, 500, 250), 255);
    QCOMPARE(at(mask, 545, 250), 255);
    QCOMPARE(at(mask, 555, 250), 0);
  }

  void undoAndRedoGoThroughEditsOneByOne() {
    MaskLayer mask;
    mask.setPictureSize({32, 32});
    QVERIFY(!mask.canUndo());
    dot(mask, 8, 8, 6);
    const QImage first = mask.image();
    dot(mask, 24, 24, 6);
    const QImage second = mask.image();
    mask.invert();
    QCOMPARE(at(mask, 0, 0), 255);
    mask.undo();
    QCOMPARE(mask.image(), second);
    mask.undo();
    QCOMPARE(mask.image(), first);
    mask.redo();
    QCOMPARE(mask.image(), second);
    mask.undo();
    mask.undo();
    QVERIFY(mask.isBlank());
    QVERIFY(!mask.canUndo());
    mask.redo();
    // A new stroke ends what could be put back.
    dot(mask, 16, 16, 4);
    QVERIFY(!mask.canRedo());
    mask.clear();
    QVERIFY(mask.isBlank());
    mask.undo();
    QVERIFY(!mask.isBlank());
  }

  void onlyAsManyEditsAsPromisedAreKept() {
    MaskLayer mask;
    mask.setPictureSize({128, 8});
    for (int i = 0; i < MaskLayer::kUndoSteps + 10; ++i) {
      dot(mask, 2 * i + 1, 4, 2);
    }
    int undone = 0;
    for (; mask.canUndo(); ++undone) {
      mask.undo();
    }
    QCOMPARE(undone, MaskLayer::kUndoSteps);
    QVERIFY(!mask.isBlank());
  }

  void withoutAPictureNothingIsPainted() {
    MaskLayer mask;
    const QSignalSpy edited(&mask, &MaskLayer::edited);
    dot(mask, 3, 3, 9);
    mask.invert();
    mask.undo();
    mask.setImage(QImage(8, 8, QImage::Format_Grayscale8));
    QVERIFY(mask.isBlank());
    QCOMPARE(edited.count(), 0);
    // Another picture begins with an empty mask.
    mask.setPictureSize({16, 16});
    mask.invert();
    QVERIFY(!mask.isBlank());
    mask.setPictureSize({17, 16});
    QVERIFY(mask.isBlank());
    QVERIFY(!mask.canUndo());
  }
};

DARKROOM_TEST(MaskLayerTest);
#include "mask_layer_test.moc"
