// SPDX-License-Identifier: Apache-2.0
#include "core/columns/row_set.h"

#include <random>

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

struct Drawn {
  RowBits bits;
  std::vector<uint64_t> rows;
};

Drawn draw(uint64_t rows, double share, unsigned seed) {
  std::mt19937 random(seed);
  std::bernoulli_distribution chosen(share);
  Drawn drawn{RowBits(rows), {}};
  for (uint64_t row = 0; row < rows; ++row) {
    if (chosen(random)) {
      drawn.bits.set(row);
      drawn.rows.push_back(row);
    }
  }
  return drawn;
}

}  // namespace

class RowSetTest : public QObject {
  Q_OBJECT

 private slots:
  void everyPlaceLeadsToItsRowAndBack() {
    for (const double share : {0.0, 0.001, 0.3, 1.0}) {
      const Drawn drawn = draw(20'001, share, 1);
      const RowSet set(drawn.bits);
      QCOMPARE(set.size(), drawn.rows.size());
      for (uint64_t place = 0; place < set.size(); ++place) {
        QCOMPARE(set.row(place), drawn.rows[place]);
        QCOMPARE(set.rank(drawn.rows[place]), place);
        QVERIFY(set.contains(drawn.rows[place]));
      }
      QCOMPARE(set.rank(20'001), set.size());
    }
  }

  void aPartOfTheListIsThatPart() {
    const Drawn drawn = draw(20'001, 0.1, 2);
    const RowSet set(drawn.bits);
    for (const uint64_t first : {uint64_t{0}, uint64_t{63}, uint64_t{1000}, set.size() - 3}) {
      const std::vector<uint64_t> part = set.rows(first, 200);
      const uint64_t count = std::min<uint64_t>(200, set.size() - first);
      QCOMPARE(part, std::vector<uint64_t>(drawn.rows.begin() + static_cast<std::ptrdiff_t>(first),
                                           drawn.rows.begin() + static_cast<std::ptrdiff_t>(first + count)));
    }
    QVERIFY(set.rows(set.size(), 5).empty());
    QVERIFY_EXCEPTION_THROWN(set.row(set.size()), std::out_of_range);
  }

  void anEmptySetHasNoRows() {
    const RowSet nothing;
    QCOMPARE(nothing.size(), uint64_t{0});
    QVERIFY(!nothing.contains(0));
    QCOMPARE(nothing.rank(7), uint64_t{0});
    QCOMPARE(RowSet(RowBits(0)).size(), uint64_t{0});
  }

  void fillingSetsNoBitBehindTheLastRow() {
    RowBits bits(70);
    bits.fill();
    QCOMPARE(bits.count(), uint64_t{70});
    RowBits copy = bits;
    copy.clear(69);
    QVERIFY(bits.test(69));
    QCOMPARE(copy.count(), uint64_t{69});
  }
};

DARKROOM_TEST(RowSetTest);
#include "row_set_test.moc"
