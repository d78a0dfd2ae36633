// SPDX-License-Identifier: Apache-2.0
#include "core/base/wall_clock.h"

#include <QDateTime>
#include <cmath>
#include <filesystem>
#include <stdexcept>

#include "core/base/atomic_file.h"
#include "tests/test_registry.h"

using namespace darkroom;
namespace fs = std::filesystem;

class WallClockTest : public QObject {
  Q_OBJECT

 private slots:
  void itIsTheMachinesClock() { QVERIFY(std::abs(wall_seconds() - static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000) < 5); }

  void aReplacementHoldsWhileItLives() {
    {
      const WallClockReplacement clock([] { return 42.0; });
      QCOMPARE(wall_seconds(), 42.0);
      QVERIFY_EXCEPTION_THROWN(WallClockReplacement([] { return 1.0; }), std::logic_error);
      QCOMPARE(wall_seconds(), 42.0);
    }
    QVERIFY(wall_seconds() > 1e9);
  }

  // Whoever asks the system himself is out of reach of a test that lets the clock jump. The exceptions compare with dates of others: of a
  // server's answer (Retry-After), and of files.
  void nobodyElseInTheCoreAsksTheClock() {
    const auto excepted = [](const std::string& name) {
      return name.starts_with("core/hub/") || name.starts_with("core/download/") || name == "core/model/hash_cache.cpp" ||
             name == "core/base/wall_clock.cpp";
    };
    const fs::path root = DARKROOM_SOURCE_DIR;
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root / "core")) {
      const std::string name = entry.path().lexically_relative(root).string();
      const fs::path extension = entry.path().extension();
      if ((extension != ".cpp" && extension != ".h" && extension != ".cu") || excepted(name)) {
        continue;
      }
      ++files;
      const std::string text = read_file(entry.path());
      for (const char* call : {"system_clock::now", "time(nullptr)", "time(NULL)", "gettimeofday", "CLOCK_REALTIME", "utc_clock"}) {
        QVERIFY2(text.find(call) == std::string::npos, (name + " asks the clock itself: " + call + "; wall_seconds() does").c_str());
      }
    }
    QVERIFY(files > 300);
  }
};

DARKROOM_TEST(WallClockTest);
#include "wall_clock_test.moc"
