// SPDX-License-Identifier: Apache-2.0
#include "core/image/exif.h"

#include <stdexcept>

#include "core/base/error.h"
#include "core/image/image_encode.h"
#include "tests/byte_view.h"
#include "tests/test_registry.h"

using namespace darkroom;
using darkroom::test::bytes_of;

namespace {

std::string little(uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) {
    text += static_cast<char>(value >> 8 * i & 0xFFU);
  }
  return text;
}

// One directory in Intel's order with one field, its value behind it.
std::string one_field(uint32_t tag, uint32_t type, const std::string& value, uint32_t count, uint32_t offset = 26) {
  return std::string("II*\0", 4) + little(8, 4) + little(1, 2) + little(tag, 2) + little(type, 2) + little(count, 4) + little(offset, 4) +
         little(0, 4) + value;
}

std::string comment_of(const std::string& value) {
  return read_exif(bytes_of(one_field(exif_tag::user_comment, 7, value, static_cast<uint32_t>(value.size())))).user_comment;
}

}  // namespace

class ExifTest : public QObject {
  Q_OBJECT
 private slots:
  void whatIsWrittenIsReadBack() {
    const std::string comment = "caf\xC3\xA9 \xF0\x9F\x90\x88\nsecond";
    for (const std::string& note : {std::string("Darkroom\0{}", 11), std::string("ab"), std::string()}) {
      const std::string block = write_exif(comment, note);
      QVERIFY(block.starts_with(std::string("MM\0*", 4)));
      const ExifFields fields = read_exif(bytes_of(block));
      QCOMPARE(fields.user_comment, comment);
      QCOMPARE(fields.maker_note, note);
      QCOMPARE(fields.texts.at(exif_tag::software), std::string("Darkroom"));
      QCOMPARE(fields.orientation, 1);
      QVERIFY(block.find(std::string("UNICODE\0\0c\0a\0f\0\xE9", 16)) != std::string::npos);
    }
  }

  void commentsOfEveryKindAreDecoded() {
    QCOMPARE(comment_of(std::string("UNICODE\0\0a\0\xE9", 12)), std::string("a\xC3\xA9"));
    QCOMPARE(comment_of(std::string("UNICODE\0a\0\xE9\0", 12)), std::string("a\xC3\xA9"));
    QCOMPARE(comment_of(std::string("UNICODE\0\xFE\xFF\x73\x2B", 12)), std::string("\xE7\x8C\xAB"));
    QCOMPARE(comment_of(std::string("UNICODE\0\xFF\xFE\x2B\x73", 12)), std::string("\xE7\x8C\xAB"));
    QCOMPARE(comment_of(std::string("UNICODE\0\x73\x2B", 10)), std::string("\xE7\x8C\xAB"));  // no hint: big-endian
    QCOMPARE(comment_of(std::string("UNICODE\0\xD8\x3D\xDC\x08\xD8\x3D", 14)), std::string("\xF0\x9F\x90\x88\xEF\xBF\xBD"));
    QCOMPARE(comment_of(std::string("ASCII\0\0\0abc\0\0", 13)), std::string("abc"));
    QCOMPARE(comment_of(std::string("\0\0\0\0\0\0\0\0abc", 11)), std::string("abc"));
    QCOMPARE(comment_of("plain caf\xC3\xA9"), std::string("plain caf\xC3\xA9"));
    QCOMPARE(comment_of(std::string("JIS\0\0\0\0\0abc", 11)), std::string());
    // Three bytes stand in the entry itself, where else the offset is.
    QCOMPARE(read_exif(bytes_of(one_field(exif_tag::user_comment, 7, "", 3, 0x636261))).user_comment, std::string("abc"));
  }

  void fieldsOutsideTheBlockAreAbsent() {
    QVERIFY(read_exif(bytes_of(one_field(exif_tag::user_comment, 7, "", 100))).user_comment.empty());
    QVERIFY(read_exif(bytes_of(one_field(exif_tag::user_comment, 7, "x", 0xFFFFFFFF, 0xFFFFFFF0))).user_comment.empty());
    QVERIFY(read_exif(bytes_of(one_field(exif_tag::user_comment, 3, "x", 0xFFFFFFFF))).user_comment.empty());
    QVERIFY(read_exif(bytes_of(one_field(exif_tag::user_comment, 99, "x", 1))).user_comment.empty());
    QCOMPARE(read_exif(bytes_of(one_field(exif_tag::exif_directory, 4, "", 1, 8))).user_comment, std::string());  // points to itself
    QCOMPARE(read_exif(bytes_of(one_field(exif_tag::orientation, 3, "", 1, 77))).orientation, 1);
    QCOMPARE(read_exif(bytes_of(one_field(exif_tag::orientation, 3, "", 1, 6))).orientation, 6);
    for (const std::string& nonsense :
         {std::string(), std::string("II"), std::string("II*\0\xFF\xFF\xFF\xFF", 8), std::string("PNG none")}) {
      QVERIFY(read_exif(bytes_of(nonsense)).texts.empty());
    }
  }

  void everyCutOfABlockIsReadWithoutHarm() {
    const std::string block = write_exif("a comment", std::string(300, 'n'));
    for (size_t length = 0; length < block.size(); ++length) {
      read_exif(bytes_of(block.substr(0, length)));
    }
  }

  void jpegThatCannotHoldTheTextsIsRefusedWithAWayOut() {
    const std::vector<PngText> texts{{"parameters", std::string(33000, 'x')}};
    try {
      encode_image(Image(8, 8), ImageFormat::jpeg, texts);
      QFAIL("wrote a segment that is too long");
    } catch (const Error& error) {
      QVERIFY(std::string(error.what()).find("Write a PNG or WebP file instead") != std::string::npos);
    }
    const std::string webp = encode_image(Image(8, 8), ImageFormat::webp, texts);
    QVERIFY(read_image_texts(bytes_of(webp), "test").at(0) == texts[0]);
    const std::vector<PngText> largest{{"parameters", std::string(32700, 'x')}};
    const std::string jpeg = encode_image(Image(8, 8), ImageFormat::jpeg, largest);
    QVERIFY(read_image_texts(bytes_of(jpeg), "test").at(0) == largest[0]);
  }

  void commentMustBeText() { QVERIFY_EXCEPTION_THROWN(write_exif("\xFF", ""), std::invalid_argument); }
};

DARKROOM_TEST(ExifTest);
#include "exif_test.moc"
