// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/dashed_pieces.h"

#include <cmath>
#include <string>

#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

namespace {

constexpr QRectF kPicture(0, 0, 1000, 100);

double lengthOf(const QList<QLineF>& pieces) {
  double sum = 0;
  for (const QLineF& piece : pieces) {
    sum += piece.length();
  }
  return sum;
}

}  // namespace

class DashedPiecesTest : public QObject {
  Q_OBJECT

 private slots:
  void aSolidLineIsItsSegments() {
    const QList<QPointF> points{{0, 10}, {10, 20}, {20, 5}};
    const QList<QLineF> pieces = dashedPieces(points, {}, kPicture);
    QCOMPARE(pieces, (QList<QLineF>{{points[0], points[1]}, {points[1], points[2]}}));
  }

  void dashesAndGapsFollowThePattern() {
    const QList<QLineF> pieces = dashedPieces({{0, 50}, {20, 50}}, {5, 3}, kPicture);
    QCOMPARE(pieces, (QList<QLineF>{{0, 50, 5, 50}, {8, 50, 13, 50}, {16, 50, 20, 50}}));
  }

  void theNumberOfCornersDoesNotMoveTheDashes() {
    QList<QPointF> corners;
    for (int i = 0; i <= 500; ++i) {
      corners.append({i * 0.4, 50});
    }
    const QList<qreal> pattern{8, 3, 1, 3};
    const QList<QLineF> fine = dashedPieces(corners, pattern, kPicture);
    const QList<QLineF> coarse = dashedPieces({{0, 50}, {200, 50}}, pattern, kPicture);
    QVERIFY(std::abs(lengthOf(fine) - lengthOf(coarse)) < 1e-6);
    for (const QLineF& piece : fine) {
      const double in_pattern = std::fmod((piece.x1() + piece.x2()) / 2, 15.0);
      const auto within = [in_pattern](double from, double to) { return in_pattern > from - 1e-6 && in_pattern < to + 1e-6; };
      QVERIFY2(within(0, 8) || within(11, 12) || within(15, 15), std::to_string(in_pattern).c_str());
    }
  }

  void aGapIsAGap() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const QList<QLineF> pieces = dashedPieces({{0, 10}, {1, 10}, {2, nan}, {3, 10}, {4, 10}}, {}, kPicture);
    QCOMPARE(pieces, (QList<QLineF>{{0, 10, 1, 10}, {3, 10, 4, 10}}));
  }

  void whatLeavesThePictureCostsNothing() {
    // Spikes of a million pixels, dashed: only what is near the picture is cut to pieces, and the pattern stays where it would be.
    QList<QPointF> spikes;
    for (int i = 0; i < 1000; ++i) {
      spikes.append({static_cast<double>(i), i % 2 == 0 ? 50.0 : -1e6});
    }
    const QList<QLineF> pieces = dashedPieces(spikes, {5, 3}, kPicture);
    QVERIFY2(pieces.size() > 5000 && pieces.size() < 20'000, std::to_string(pieces.size()).c_str());
    for (const QLineF& piece : pieces) {
      QVERIFY(std::min(piece.y1(), piece.y2()) >= -10.001 && std::max(piece.y1(), piece.y2()) <= 50.001);
    }
    const QList<QLineF> whole = dashedPieces({{0, -1000}, {0, 50}}, {5, 3}, QRectF(0, -2000, 10, 4000));
    const QList<QLineF> clipped = dashedPieces({{0, -1000}, {0, 50}}, {5, 3}, kPicture);
    QCOMPARE(clipped.back(), whole.back());
    QVERIFY(dashedPieces({{0, -500}, {900, -600}}, {5, 3}, kPicture).isEmpty());
  }

  void aPatternWithoutLengthIsASolidLine() { QCOMPARE(dashedPieces({{0, 1}, {9, 1}}, {0, 0}, kPicture).size(), 1); }
};

DARKROOM_TEST(DashedPiecesTest);
#include "dashed_pieces_test.moc"
