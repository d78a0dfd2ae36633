// SPDX-License-Identifier: Apache-2.0
#include "core/sample/preview_pace.h"

#include "tests/test_registry.h"

using namespace darkroom;

class PreviewPaceTest : public QObject {
  Q_OBJECT

 private slots:
  void cheapPreviewsComeFiveTimesASecond() {
    PreviewPace pace;
    QVERIFY(pace.is_due(0));
    int made = 0;
    for (int ms = 0; ms < 10'000; ++ms) {
      if (pace.is_due(ms / 1e3)) {
        pace.made(ms / 1e3, 0.0005);
        ++made;
      }
    }
    QVERIFY2(made >= 49 && made <= 51, QByteArray::number(made));
  }

  void dearPreviewsTakeOnePerCentOfTheTime() {
    PreviewPace pace;
    double now_s = 0;
    double spent_s = 0;
    while (now_s < 1000) {
      if (pace.is_due(now_s)) {
        now_s += 0.1;
        spent_s += 0.1;
        pace.made(now_s, 0.1);
      }
      now_s += 0.05;
    }
    QVERIFY2(spent_s <= 0.0101 * now_s && spent_s >= 0.009 * now_s, QByteArray::number(spent_s / now_s));
  }

  void theDecoderSeesSmallerLatentsUntilItIsCheap() {
    // What a preview costs at full size, beside a step: the share at the divisor that it settles at is at most 1 %.
    for (const double full_s : {0.0001, 0.02, 0.3, 4.0}) {
      PreviewShrink shrink;
      const double step_s = 1;
      const auto cost_s = [&] { return full_s / static_cast<double>(shrink.divisor() * shrink.divisor()); };
      for (int preview = 0; preview < 6; ++preview) {
        shrink.took(cost_s(), step_s);
      }
      QVERIFY(cost_s() <= 0.01 || shrink.divisor() == PreviewShrink::most);
      const int64_t settled = shrink.divisor();
      shrink.took(cost_s(), step_s);
      QCOMPARE(shrink.divisor(), settled);
    }
    PreviewShrink cheap;
    cheap.took(1e-5, 1);
    cheap.took(1e-5, 1);
    QCOMPARE(cheap.divisor(), int64_t{1});
  }
};

DARKROOM_TEST(PreviewPaceTest);
#include "preview_pace_test.moc"
