// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/codec.h"

#include "tests/test_registry.h"

using namespace darkroom;

namespace {

std::string prefix(uint32_t header_bytes, uint32_t payload_bytes) {
  std::string bytes;
  for (const uint32_t value : {header_bytes, payload_bytes}) {
    for (int shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<char>(value >> shift & 0xff));
    }
  }
  return bytes;
}

std::string frame_with_header(const std::string& header) { return prefix(static_cast<uint32_t>(header.size()), 0) + header; }

/// The reason why the bytes are refused; empty when they are not.
std::string reason(const std::string& bytes) {
  FrameDecoder decoder;
  decoder.feed(bytes);
  try {
    decoder.next();
    return {};
  } catch (const Error& error) {
    return error.code() == ErrorCode::protocol ? error.what() : "wrong code";
  }
}

}  // namespace

class CodecTest : public QObject {
  Q_OBJECT

 private slots:
  void framesSurviveAnyCutting() {
    const Frame first{Json{{"type", "Ping"}, {"id", "ü"}}, {}};
    const Frame second{Json{{"type", "Preview"}}, std::string("\0\1\2 payload", 11)};
    const std::string bytes = encode_frame(first) + encode_frame(second);
    for (size_t piece = 1; piece <= bytes.size(); ++piece) {
      FrameDecoder decoder;
      std::vector<Frame> frames;
      for (size_t at = 0; at < bytes.size(); at += piece) {
        decoder.feed(std::string_view(bytes).substr(at, piece));
        while (auto frame = decoder.next()) {
          frames.push_back(std::move(*frame));
        }
      }
      QCOMPARE(frames.size(), size_t{2});
      QVERIFY(frames[0].header == first.header && frames[0].payload.empty());
      QVERIFY(frames[1].payload == second.payload);
      QVERIFY(!decoder.in_frame());
    }
  }

  void thePrefixIsLittleEndian() {
    const std::string bytes = encode_frame({Json{{"type", "A"}}, "xyz"});
    QCOMPARE(QByteArray::fromStdString(bytes.substr(0, 8)).toHex(), QByteArray("0c00000003000000"));
    QCOMPARE(bytes.substr(8), std::string("{\"type\":\"A\"}xyz"));
  }

  void tooLargeFramesAreRefusedFromTheirFirstBytes() {
    QVERIFY(reason(prefix(max_header_bytes + 1, 0)).find("limit is 1048576") != std::string::npos);
    QVERIFY(reason(prefix(10, max_payload_bytes + 1)).find("limit is 268435456") != std::string::npos);
    QVERIFY(reason(prefix(0xffffffff, 0xffffffff)).find("header") != std::string::npos);
    QVERIFY(reason(prefix(max_header_bytes, max_payload_bytes)).empty());  // not refused, not there yet
    QVERIFY_EXCEPTION_THROWN(encode_frame({Json{{"type", std::string(max_header_bytes, 'x')}}, {}}), Error);
  }

  void malformedHeadersAreRefusedWithTheReason() {
    QVERIFY(reason(frame_with_header("{\"type\":")).find("not JSON") != std::string::npos);
    QVERIFY(reason(frame_with_header("")).find("not JSON") != std::string::npos);
    QVERIFY(reason(frame_with_header("[1]")).find("\"type\"") != std::string::npos);
    QVERIFY(reason(frame_with_header("{\"id\":\"1\"}")).find("\"type\"") != std::string::npos);
    QVERIFY(reason(frame_with_header("{\"type\":1}")).find("\"type\"") != std::string::npos);
    QVERIFY(reason(frame_with_header("{\"type\":\"\xff\"}")).find("not JSON") != std::string::npos);
    QVERIFY(reason(frame_with_header(std::string(500000, '['))).find("nested deeper") != std::string::npos);
    QVERIFY(reason(frame_with_header("{\"type\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}")).empty());
  }

  void aBrokenLinkStaysBroken() {
    FrameDecoder decoder;
    decoder.feed(frame_with_header("{}"));
    QVERIFY_EXCEPTION_THROWN(decoder.next(), Error);
    decoder.feed(encode_frame({Json{{"type", "Ping"}}, {}}));
    QVERIFY_EXCEPTION_THROWN(decoder.next(), Error);
  }

  void aTornFrameIsNoticed() {
    FrameDecoder decoder;
    decoder.feed("\x01");
    QVERIFY(decoder.in_frame());
    QVERIFY(!decoder.next());
  }
};

DARKROOM_TEST(CodecTest);
#include "codec_test.moc"
