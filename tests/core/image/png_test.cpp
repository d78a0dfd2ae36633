// SPDX-License-Identifier: Apache-2.0
#include <QTemporaryDir>
#include <stdexcept>

#include "core/base/error.h"
#include "core/image/deflate.h"
#include "core/image/image_decode.h"
#include "core/image/image_encode.h"
#include "tests/byte_view.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::bytes_of;

namespace {

Image noise(int width, int height) {
  Image image(width, height);
  uint32_t state = 7;
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    state = state * 1664525U + 1013904223U;
    image.pixels[i] = static_cast<uint8_t>(i % 5 == 0 ? state >> 24 : i);
  }
  return image;
}

}  // namespace

class PngTest : public QObject {
  Q_OBJECT
 private slots:
  void picturesComeBackExactly() {
    for (const auto& [width, height] : {std::pair(1, 1), std::pair(33, 17), std::pair(200, 3)}) {
      const Image image = noise(width, height);
      for (const int level : {0, 6, 9}) {
        QVERIFY(decode_image(bytes_of(encode_png(image, {}, level)), "test") == image);
      }
    }
  }

  void textsComeBackInEveryAlphabet() {
    const std::vector<PngText> texts{{"parameters", "a cat\nNegative prompt: dog\nSteps: 20"},
                                     {"latin", "caf\xC3\xA9 \xC3\xBF"},
                                     {"darkroom", "{\"prompt\": \"\xE7\x8C\xAB \xF0\x9F\x90\x88 \xE2\x80\x94 \xD0\xBA\xD0\xBE\xD1\x82\"}"},
                                     {"empty", ""}};
    const std::string file = encode_png(Image(2, 2), texts);
    QVERIFY(read_png_texts(bytes_of(file), "test") == texts);
    QVERIFY(decode_image(bytes_of(file), "test") == Image(2, 2));
    QCOMPARE(find_png_text(texts, "latin").value(), texts[1].text);
    QVERIFY(!find_png_text(texts, "none"));
  }

  void latin1TextIsOneByteACharacterAndTheRestIsInternational() {
    const std::vector<PngText> latin{{"k", "\xC3\xA9"}};
    const std::string file = encode_png(Image(1, 1), latin);
    QVERIFY(file.find(std::string("tEXtk\0\xE9", 7)) != std::string::npos);
    QVERIFY(file.find("iTXt") == std::string::npos);
    const std::vector<PngText> other{{"k", "\xE7\x8C\xAB"}};
    const std::string international = encode_png(Image(1, 1), other);
    QVERIFY(international.find(std::string("iTXtk\0\0\0\0\0\xE7\x8C\xAB", 13)) != std::string::npos);
  }

  void compressedTextOfOthersIsRead() {
    const auto chunk = [](const std::string& type, const std::string& data) {
      std::string bytes;
      const auto big = [&](uint32_t value) {
        for (int shift = 24; shift >= 0; shift -= 8) {
          bytes += static_cast<char>(value >> shift & 0xFFU);
        }
      };
      big(static_cast<uint32_t>(data.size()));
      bytes += type + data;
      big(crc32_append(0, type + data));
      return bytes;
    };
    const std::string file = "\x89PNG\r\n\x1A\n" + chunk("zTXt", std::string("a\0\0", 3) + zlib_compress("caf\xE9", 6)) +
                             chunk("iTXt", std::string("b\0\1\0en\0\0", 8) + zlib_compress("\xE7\x8C\xAB", 6)) + chunk("IEND", "");
    const auto texts = read_png_texts(bytes_of(file), "test");
    QCOMPARE(texts.size(), size_t{2});
    QCOMPARE(texts[0].text, std::string("caf\xC3\xA9"));
    QCOMPARE(texts[1].text, std::string("\xE7\x8C\xAB"));
  }

  void damagedTextIsRefused() {
    const std::vector<PngText> texts{{"k", "value"}};
    std::string file = encode_png(Image(1, 1), texts);
    file[file.find("value")] = 'V';
    QVERIFY_EXCEPTION_THROWN(read_png_texts(bytes_of(file), "test"), Error);
    QVERIFY_EXCEPTION_THROWN(read_png_texts(bytes_of(file.substr(0, 60)), "test"), Error);
    QVERIFY_EXCEPTION_THROWN(read_png_texts(bytes_of("no picture"), "test"), Error);
  }

  void textThatPngCannotHoldIsRefused() {
    const auto with = [](PngText text) { return encode_png(Image(1, 1), std::vector<PngText>{std::move(text)}); };
    QVERIFY_EXCEPTION_THROWN(with({"", "x"}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(with({" k", "x"}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(with({std::string(80, 'k'), "x"}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(with({"k", std::string("a\0b", 3)}), std::invalid_argument);
    QVERIFY_EXCEPTION_THROWN(with({"k", "\xFF\xFE"}), std::invalid_argument);
  }

  void fileAppearsCompleteAndReadsBack() {
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("a.png").toStdString();
    const std::vector<PngText> texts{{"k", "v"}};
    write_png(path, noise(8, 8), texts);
    QVERIFY(read_image_file(path) == noise(8, 8));
    QVERIFY(read_png_texts(path) == texts);
    QVERIFY(!std::filesystem::exists(path.string() + ".tmp"));
  }

  void checksumIsThatOfIso3309() { QCOMPARE(crc32_append(0, "123456789"), 0xCBF43926U); }
};

DARKROOM_TEST(PngTest);
#include "png_test.moc"
