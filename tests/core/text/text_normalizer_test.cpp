// SPDX-License-Identifier: Apache-2.0
#include "core/text/text_normalizer.h"

#include "tests/test_registry.h"

using namespace darkroom;

class TextNormalizerTest : public QObject {
  Q_OBJECT

 private slots:
  void lowersAsciiInPlace() {
    std::string all;
    for (int c = 0; c < 128; ++c) {
      all += static_cast<char>(c);
    }
    for (size_t length = 0; length <= all.size(); ++length) {  // every remainder of the eight-byte steps
      std::string expected = all.substr(0, length);
      for (char& c : expected) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      }
      QCOMPARE(normalized(all.substr(0, length)), expected);
    }
  }

  void composesAndOrdersMarks() {
    QCOMPARE(normalized("e\u0301"), std::string("\u00e9"));
    QCOMPARE(normalized("\u212b"), std::string("\u00e5"));                // Angstrom sign -> A with ring -> lower case
    QCOMPARE(normalized("s\u0307\u0323"), std::string("\u1e69"));         // marks ordered by class before they compose
    QCOMPARE(normalized("\u1112\u1161\u11ab"), std::string("\ud55c"));    // Hangul
    QCOMPARE(normalized("\u0958"), std::string("\u0915\u093c"));          // excluded from composition
    QCOMPARE(normalized("a\u0338\u0301"), std::string("\u00e1\u0338"));   // a mark of lower class does not block
    QCOMPARE(normalized("a\u0305\u0301"), std::string("a\u0305\u0301"));  // one of the same class does
  }

  void lowersCharacterByCharacter() {
    QCOMPARE(normalized("\u0130"), std::string("i\u0307"));
    QCOMPARE(normalized("\u039f\u03a3"), std::string("\u03bf\u03c3"));  // no final sigma
    QCOMPARE(normalized("\u1e9e"), std::string("\u00df"));
    QCOMPARE(normalized("\U00010400"), std::string("\U00010428"));
  }

  void replacesWhatIsNotUtf8() {
    const std::string bad = "\ufffd";
    QCOMPARE(normalized("a\xff"), "a" + bad);
    QCOMPARE(normalized("\xc0\x80"), bad + bad);            // overlong
    QCOMPARE(normalized("\xed\xa0\x80"), bad + bad + bad);  // a surrogate
    QCOMPARE(normalized("\xf0\x9f\x98"), bad);              // cut off
    QCOMPARE(normalized("\xe2\x82z"), bad + "z");
    QCOMPARE(normalized("\xf4\x90\x80\x80"), bad + bad + bad + bad);  // above U+10FFFF
  }

  void remembersWhereCharactersCameFrom() {
    NormalizedText text;
    const std::string source = "e\u0301\u4e2dX";  // 1 + 2, 3, 1 bytes -> 2, 3, 1 bytes
    normalize_text(source, text);
    QCOMPARE(text.source, (std::vector<size_t>{0, 0, 3, 3, 3, 6}));
    QCOMPARE(text.source_end(0, source.size()), size_t{3});
    QCOMPARE(text.source_end(4, source.size()), size_t{6});
    QCOMPARE(text.source_end(5, source.size()), source.size());
  }

 private:
  static std::string normalized(const std::string& text) {
    NormalizedText out;
    normalize_text(text, out);
    return std::string(out.bytes.data(), out.size);
  }
};

DARKROOM_TEST(TextNormalizerTest);
#include "text_normalizer_test.moc"
