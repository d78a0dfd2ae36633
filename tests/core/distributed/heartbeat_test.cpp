// SPDX-License-Identifier: Apache-2.0
#include "core/distributed/heartbeat.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "core/base/wall_clock.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

void wait_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

}  // namespace

class HeartbeatTest : public QObject {
  Q_OBJECT

 private slots:
  void silenceGrowsUntilTheRankIsHeard() {
    Heartbeat heartbeat;
    wait_ms(150);
    QVERIFY(heartbeat.silence_s() >= 0.15);
    QCOMPARE(::write(heartbeat.write_end(), ".", 1), ssize_t{1});
    QCOMPARE(heartbeat.silence_s(), 0.0);
    wait_ms(50);
    QVERIFY(heartbeat.silence_s() >= 0.05);
  }

  void silenceCountsAnewWhenNobodyListened() {
    Heartbeat heartbeat;
    wait_ms(2100);  // as after a stop of the supervisor
    QCOMPARE(heartbeat.silence_s(), 0.0);
  }

  void aRankBeatsUntilTheOtherEndIsGone() {
    Heartbeat heartbeat;
    beat_on(::dup(heartbeat.write_end()));
    for (int i = 0; i < 15; ++i) {
      wait_ms(100);
      QVERIFY(heartbeat.silence_s() < 1);
    }
  }

  void aJumpOfTheClockIsNeitherSilenceNorASign() {
    double offset_s = 0;
    const WallClockReplacement clock([&offset_s] { return 1.8e9 + offset_s; });
    Heartbeat heartbeat;
    wait_ms(100);
    offset_s = 86'400;
    const double forward_s = heartbeat.silence_s();
    QVERIFY2(forward_s >= 0.1 && forward_s < 2, std::to_string(forward_s).c_str());
    wait_ms(100);
    offset_s = -86'400;
    const double back_s = heartbeat.silence_s();
    QVERIFY2(back_s >= 0.2 && back_s < 2, std::to_string(back_s).c_str());
  }
};

DARKROOM_TEST(HeartbeatTest);
#include "heartbeat_test.moc"
