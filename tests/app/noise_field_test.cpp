// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/series/noise_field.h"

#include <cmath>
#include <random>

#include "app/series/nan.h"
#include "tests/test_registry.h"

using namespace darkroom::app;  // NOLINT

namespace {

double slowMean(const NoiseField& field, size_t first, size_t last, int bin) {
  double sum = 0;
  int count = 0;
  for (size_t row = first; row < last; ++row) {
    if (std::isfinite(field.at(row, bin))) {
      sum += static_cast<double>(field.at(row, bin));
      ++count;
    }
  }
  return count > 0 ? sum / count : kNan;
}

}  // namespace

class NoiseFieldTest : public QObject {
  Q_OBJECT

 private slots:
  void meansAreThoseOfAScan() {
    auto columns = std::make_shared<SeriesColumns>();
    NoiseField field(columns, 3);
    std::mt19937 random(5);
    for (int i = 0; i < 1000; ++i) {
      columns->append(i, i, i, i);
      field.append(std::vector<double>{static_cast<double>(random() % 100), i % 7 == 0 ? kNan : 1.0 * i, kNan});
    }
    for (int i = 0; i < 500; ++i) {
      const size_t first = random() % 1000;
      const size_t last = first + random() % (1001 - first);
      for (int bin = 0; bin < 2; ++bin) {
        const double expected = slowMean(field, first, last, bin);
        const double got = field.mean(first, last, bin);
        QVERIFY((std::isnan(expected) && std::isnan(got)) || std::abs(got - expected) < 1e-9 * (1 + std::abs(expected)));
      }
      QVERIFY(std::isnan(field.mean(first, last, 2)));
    }
  }

  void rowsThatWereTakenBackDoNotCount() {
    auto columns = std::make_shared<SeriesColumns>();
    NoiseField field(columns, 1);
    for (int i = 0; i < 200; ++i) {
      field.append(std::vector<double>{i < 100 ? 1.0 : 100.0});
    }
    field.truncate(100);
    for (int i = 0; i < 100; ++i) {
      field.append(std::vector<double>{3.0});
    }
    QCOMPARE(field.count(), size_t{200});
    QCOMPARE(field.mean(0, 200, 0), 2.0);
  }

  void aRowWithFewerValuesHasGaps() {
    NoiseField field(std::make_shared<SeriesColumns>(), 4);
    field.append(std::vector<double>{1.0});
    QVERIFY(std::isnan(field.at(0, 3)));
    QCOMPARE(field.at(0, 0), 1.0f);
  }
};

DARKROOM_TEST(NoiseFieldTest);
#include "noise_field_test.moc"
