// SPDX-License-Identifier: Apache-2.0
#include "core/dataset/near_duplicates.h"

#include <bit>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "core/base/error.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

// Every pair compared: what the search must agree with.
std::vector<uint32_t> by_brute_force(const std::vector<uint64_t>& hashes, int distance) {
  std::vector<uint32_t> first(hashes.size());
  std::iota(first.begin(), first.end(), 0U);
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = 0; i < hashes.size(); ++i) {
      for (uint32_t j = 0; j < i; ++j) {
        if (std::popcount(hashes[i] ^ hashes[j]) <= distance && first[i] != first[j]) {
          first[i] = first[j] = std::min(first[i], first[j]);
          changed = true;
        }
      }
    }
  }
  return first;
}

// Random hashes, and for a part of them neighbours with a few bits turned.
std::vector<uint64_t> planted(size_t count, int most_bits) {
  std::mt19937_64 random(5);
  std::vector<uint64_t> hashes;
  while (hashes.size() < count) {
    uint64_t hash = random();
    hashes.push_back(hash);
    if (random() % 3 == 0) {
      for (int i = static_cast<int>(random() % static_cast<unsigned>(most_bits + 2)); i > 0; --i) {
        hash ^= uint64_t{1} << random() % 64;
      }
      hashes.push_back(hash);
    }
  }
  std::shuffle(hashes.begin(), hashes.end(), random);
  return hashes;
}

}  // namespace

class NearDuplicatesTest : public QObject {
  Q_OBJECT
 private slots:
  void groupsAreThoseOfComparingEveryPair() {
    for (const int distance : {0, 1, 3, 4, 7, 8, 11}) {
      const std::vector<uint64_t> hashes = planted(600, distance);
      QCOMPARE(near_duplicate_groups(hashes, distance, 2), by_brute_force(hashes, distance));
    }
  }

  void aChainIsOneGroupAndItsFirstIsTheSmallestIndex() {
    const std::vector<uint64_t> hashes{0xFF00, 0x1, 0x3, 0x7, 0x1};
    QCOMPARE(near_duplicate_groups(hashes, 1), (std::vector<uint32_t>{0, 1, 1, 1, 1}));
    QCOMPARE(near_duplicate_groups(hashes, 0), (std::vector<uint32_t>{0, 1, 2, 3, 1}));
  }

  void thousandsOfEqualHashesAreOneComparison() {
    std::vector<uint64_t> hashes(200'000, 42);
    hashes[77] = ~uint64_t{42};
    const std::vector<uint32_t> groups = near_duplicate_groups(hashes, 4);
    QCOMPARE(groups[199'999], 0U);
    QCOMPARE(groups[77], 77U);
  }

  void emptyIsEmptyAndWrongDistancesAreRefused() {
    QVERIFY(near_duplicate_groups({}, 4).empty());
    const std::vector<uint64_t> one{1};
    QVERIFY_EXCEPTION_THROWN(near_duplicate_groups(one, 12), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(near_duplicate_groups(one, -1), std::invalid_argument);
  }

  void stopsWhenAsked() {
    CancelToken cancel;
    cancel.cancel();
    QVERIFY_EXCEPTION_THROWN(near_duplicate_groups(planted(100, 4), 4, 1, cancel), Error);
  }

  // With DARKROOM_CAMPAIGN: the time for a million.
  void aMillionTakesSeconds() {
    std::mt19937_64 random(1);
    std::vector<uint64_t> hashes(qEnvironmentVariableIsSet("DARKROOM_CAMPAIGN") ? 1'000'000 : 50'000);
    for (uint64_t& hash : hashes) {
      hash = random();
    }
    hashes.back() = hashes.front() ^ 0x8001;
    QElapsedTimer timer;
    timer.start();
    const std::vector<uint32_t> groups = near_duplicate_groups(hashes, 4);
    qInfo("%zu hashes within distance 4: %lld ms", hashes.size(), timer.elapsed());
    QCOMPARE(groups.back(), 0U);
  }
};

DARKROOM_TEST(NearDuplicatesTest);
#include "near_duplicates_test.moc"
