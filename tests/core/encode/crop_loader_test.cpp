// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <stdexcept>

#include "core/encode/crop_loader.h"
#include "tests/test_registry.h"

using namespace darkroom;

class CropLoaderTest : public QObject {
  Q_OBJECT
 private slots:
  void resultsComeInOrder() {
    CropLoader loader(
        200,
        [](uint64_t i) {
          std::this_thread::sleep_for(std::chrono::microseconds((i * 37) % 300));
          return LoadedCrop{.image = std::nullopt, .reason = std::to_string(i)};
        },
        4, 16);
    for (int i = 0; i < 200; ++i) {
      QCOMPARE(loader.next()->reason, std::to_string(i));
    }
    QVERIFY(!loader.next());
  }

  void windowBoundsWhatIsAhead() {
    std::atomic<uint64_t> started{0};
    CropLoader loader(
        100,
        [&](uint64_t) {
          ++started;
          return LoadedCrop{};
        },
        4, 8);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    QCOMPARE(started.load(), uint64_t{8});
    loader.next();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    QCOMPARE(started.load(), uint64_t{9});
  }

  void failureReachesTheCaller() {
    CropLoader loader(
        10,
        [](uint64_t i) -> LoadedCrop {
          if (i == 3) {
            throw std::runtime_error("disk on fire");
          }
          return {};
        },
        2, 4);
    QVERIFY_EXCEPTION_THROWN(while (loader.next()){}, std::runtime_error);
  }

  void leavingEarlyStopsTheThreads() {
    CropLoader loader(
        1000000, [](uint64_t) { return LoadedCrop{}; }, 4, 4);
    loader.next();
  }

  void nothingToLoadEndsAtOnce() {
    CropLoader loader(
        0, [](uint64_t) { return LoadedCrop{}; }, 2, 2);
    QVERIFY(!loader.next());
  }
};

DARKROOM_TEST(CropLoaderTest);
#include "crop_loader_test.moc"
