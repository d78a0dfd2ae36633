// SPDX-License-Identifier: Apache-2.0
#include "core/columns/snappy_block.h"

#include <arrow/util/compression.h>

#include <string>
#include <vector>

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

using Bytes = std::vector<uint8_t>;

Bytes packed(const Bytes& plain) {
  const auto codec = std::move(arrow::util::Codec::Create(arrow::Compression::SNAPPY)).ValueOrDie();
  const auto size = static_cast<int64_t>(plain.size());
  Bytes block(static_cast<size_t>(codec->MaxCompressedLen(size, plain.data())));
  block.resize(static_cast<size_t>(codec->Compress(size, plain.data(), static_cast<int64_t>(block.size()), block.data()).ValueOrDie()));
  return block;
}

std::optional<Bytes> unpacked(const Bytes& block) {
  const std::optional<size_t> length = snappy_length(block);
  if (!length) {
    return std::nullopt;
  }
  Bytes plain(*length);
  return unpack_snappy(block, plain) ? std::optional(plain) : std::nullopt;
}

class Random {
 public:
  explicit Random(uint32_t seed) : state_(seed) {}
  uint32_t below(uint32_t limit) {
    state_ = state_ * 1664525U + 1013904223U;
    return (state_ >> 8U) % limit;
  }

 private:
  uint32_t state_;
};

// Runs of noise, repeated bytes and earlier parts: near, far, and of all lengths.
Bytes mixture(Random& random, size_t size) {
  Bytes plain;
  while (plain.size() < size) {
    const uint32_t kind = random.below(4);
    const size_t length = 1 + random.below(kind == 0 ? 200 : 90);
    const size_t back =
        plain.empty() ? 0 : 1 + random.below(static_cast<uint32_t>(std::min<size_t>(plain.size(), kind == 1 ? 20 : 60'000)));
    for (size_t i = 0; i < length; ++i) {
      plain.push_back(kind == 0 || plain.size() < back || back == 0 ? static_cast<uint8_t>(random.below(256)) : plain[plain.size() - back]);
    }
  }
  plain.resize(size);
  return plain;
}

}  // namespace

class SnappyBlockTest : public QObject {
  Q_OBJECT

 private slots:
  void whatTheLibraryPacksIsUnpacked() {
    Random random(5);
    for (size_t size = 0; size < 300; ++size) {
      const Bytes plain = mixture(random, size);
      QVERIFY(unpacked(packed(plain)) == plain);
    }
    for (int round = 0; round < 60; ++round) {
      const Bytes plain = mixture(random, 1 + random.below(200'000));
      QVERIFY(unpacked(packed(plain)) == plain);
    }
    const Bytes zeros(300'000);
    QVERIFY(unpacked(packed(zeros)) == zeros);
  }

  void everyElementIsRead() {
    // 12 long; "abcd"; 3 from 1 back; 5 from 6 back, with two and with four bytes of distance
    QVERIFY(unpacked({4, 0x0C, 'a', 'b', 'c', 'd'}) == (Bytes{'a', 'b', 'c', 'd'}));
    QVERIFY(unpacked({8, 0x0C, 'a', 'b', 'c', 'd', 0x01, 0x02}) == (Bytes{'a', 'b', 'c', 'd', 'c', 'd', 'c', 'd'}));
    QVERIFY(unpacked({6, 0x0C, 'a', 'b', 'c', 'd', 0x06, 0x03, 0x00}) == (Bytes{'a', 'b', 'c', 'd', 'b', 'c'}));
    QVERIFY(unpacked({6, 0x0C, 'a', 'b', 'c', 'd', 0x07, 0x04, 0x00, 0x00, 0x00}) == (Bytes{'a', 'b', 'c', 'd', 'a', 'b'}));
    QVERIFY(unpacked({3, 0xF0, 0x02, 'x', 'y', 'z'}) == (Bytes{'x', 'y', 'z'}));  // a literal whose length has its own byte
    QVERIFY(unpacked({0}) == Bytes{});
  }

  void damagedBlocksAreRefused() {
    QVERIFY(!unpacked({}));
    QVERIFY(!unpacked({0x80}));                                     // a length that does not end
    QVERIFY(!unpacked({0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00, 'a'}));  // 4 GiB out of two bytes
    QVERIFY(!unpacked({5, 0x0C, 'a', 'b', 'c', 'd'}));              // too little
    QVERIFY(!unpacked({3, 0x0C, 'a', 'b', 'c', 'd'}));              // too much
    QVERIFY(!unpacked({4, 0x0C, 'a', 'b', 'c'}));                   // a literal that is cut
    QVERIFY(!unpacked({8, 0x0C, 'a', 'b', 'c', 'd', 0x01, 0x05}));  // from before the beginning
    QVERIFY(!unpacked({8, 0x0C, 'a', 'b', 'c', 'd', 0x01, 0x00}));  // from nowhere
    QVERIFY(!unpacked({6, 0x0C, 'a', 'b', 'c', 'd', 0x06, 0x03}));  // a distance that is cut
  }

  // Whether it reads or writes outside of its memory is seen by the address sanitizer; here the bytes behind must stay.
  void noDamageReachesWhatLiesBehind() {
    Random random(9);
    for (int round = 0; round < 3000; ++round) {
      Bytes block = packed(mixture(random, 200 + random.below(600)));
      for (uint32_t i = 0; i <= random.below(3); ++i) {
        block[2 + random.below(static_cast<uint32_t>(block.size()) - 2)] = static_cast<uint8_t>(random.below(256));
      }
      const std::optional<size_t> length = snappy_length(block);
      QVERIFY(length.has_value());
      Bytes out(*length + 100, 0xA5);
      unpack_snappy(block, std::span(out).first(*length));
      QVERIFY(std::all_of(out.begin() + static_cast<std::ptrdiff_t>(*length), out.end(), [](uint8_t byte) { return byte == 0xA5; }));
    }
  }
};

DARKROOM_TEST(SnappyBlockTest);
#include "snappy_block_test.moc"
