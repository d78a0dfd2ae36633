// SPDX-License-Identifier: Apache-2.0
#include "core/hub/retry_policy.h"

#include "tests/test_registry.h"
#include "tests/thrown_error.h"

using namespace darkroom;

class RetryPolicyTest : public QObject {
  Q_OBJECT

 private slots:
  void delayDoublesUpToTheLongestAndIsSpread() {
    const RetryPolicy policy;
    QCOMPARE(retry_delay_s(policy, 0, std::nullopt, 0), 0.5);
    QCOMPARE(retry_delay_s(policy, 0, std::nullopt, 1), 1.0);
    QCOMPARE(retry_delay_s(policy, 3, std::nullopt, 1), 8.0);
    QCOMPARE(retry_delay_s(policy, 40, std::nullopt, 1), policy.longest_delay_s);
  }

  void serverThatAsksForMoreGetsIt() {
    const RetryPolicy policy;
    QCOMPARE(retry_delay_s(policy, 0, 30.0, 0), 30.0);
    QCOMPARE(retry_delay_s(policy, 5, 1.0, 1), 32.0);
  }

  void jitterIsBetweenZeroAndOneAndMoves() {
    double least = 1;
    double most = 0;
    for (int i = 0; i < 1000; ++i) {
      const double value = retry_jitter();
      QVERIFY(value >= 0 && value < 1);
      least = std::min(least, value);
      most = std::max(most, value);
    }
    QVERIFY(least < 0.1 && most > 0.9);
  }

  void onlyWhatMayPassIsTriedAgain() {
    for (const int status : {408, 425, 429, 500, 502, 503, 504}) {
      QVERIFY(may_pass_by_itself(status));
    }
    for (const int status : {200, 304, 400, 401, 403, 404, 410, 416, 451, 501}) {
      QVERIFY(!may_pass_by_itself(status));
    }
  }

  void waitEndsWhenCancelled() {
    CancelToken cancel;
    cancel.cancel();
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(darkroom::test::thrown_by([&] { wait_for(60, cancel); }).code(), ErrorCode::cancelled);
    QVERIFY(timer.elapsed() < 1000);
    wait_for(0.02, CancelToken());
    QVERIFY(timer.elapsed() >= 20);
  }
};

DARKROOM_TEST(RetryPolicyTest);
#include "retry_policy_test.moc"
