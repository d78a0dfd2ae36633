// SPDX-License-Identifier: Apache-2.0
// A test class whose functions all run once a kind of processor that this machine can play:
//   void initTestCase_data() { add_processors(); }    void init() { play_processor(); }    void cleanupTestCase() { play_own_processor(); }
#pragma once

#include <QTest>

#include "core/kernels/processor.h"

namespace darkroom::test {

inline void add_processors() {
  QTest::addColumn<bool>("matrixUnit");
  QTest::newRow("vector registers") << false;
  if (kernels::processor().matrix_unit) {
    QTest::newRow("matrix unit") << true;
  }
}

/// Returns whether the matrix unit is in play.
inline bool play_processor() {
  QFETCH_GLOBAL(const bool, matrixUnit);
  kernels::show_matrix_unit(matrixUnit);
  return matrixUnit;
}

inline void play_own_processor() { kernels::show_matrix_unit(true); }

}  // namespace darkroom::test
