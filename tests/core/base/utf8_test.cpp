// SPDX-License-Identifier: Apache-2.0
#include "core/base/utf8.h"

#include "core/base/host_memory.h"
#include "tests/test_registry.h"

using namespace darkroom;

class Utf8Test : public QObject {
  Q_OBJECT

 private slots:
  // Eight bytes are counted at a time: every length, and more than a sum of bytes can hold.
  void charactersAreCountedAsOneByOne() {
    uint32_t state = 1;
    std::string text;
    for (int length = 0; length < 5000; ++length) {
      const auto expected = std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0U) != 0x80U; });
      if (length < 70 || length % 37 == 0) {
        QCOMPARE(count_characters(text), static_cast<int64_t>(expected));
      }
      state = state * 1664525U + 1013904223U;
      text += static_cast<char>(length < 2500 ? state >> 24U : 0x80U);
    }
    QCOMPARE(count_characters("schön"), int64_t{5});
    QCOMPARE(count_characters("猫が好き, naïve 🐈"), int64_t{13});
  }

  void whiteSpaceAtBothEndsGoes() {
    QVERIFY(trimmed(" \t a b\r\n\f\v") == "a b");
    QVERIFY(trimmed("a") == "a");
    QVERIFY(trimmed(" \n ").empty());
    QVERIFY(trimmed("").empty());
  }

  void theMachineHasMemory() {
    const std::optional<HostMemory> memory = host_memory();
    QVERIFY(memory.has_value());
    QVERIFY(memory->available_bytes > 0);
    QVERIFY(memory->available_bytes <= memory->total_bytes);
    QVERIFY(memory->total_bytes > uint64_t{64} << 20U);  // in bytes, not in KiB
  }
};

DARKROOM_TEST(Utf8Test);
#include "utf8_test.moc"
