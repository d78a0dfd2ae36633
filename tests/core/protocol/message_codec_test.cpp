// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/codec.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

/// Through bytes and back, twice: the frames must be equal.
template <typename Any, typename Read>
Any round_trip(const Any& sent, Read&& read) {
  const std::string bytes = encode_frame(to_frame(sent));
  FrameDecoder decoder;
  decoder.feed(bytes);
  Any received = read(*decoder.next());
  if (encode_frame(to_frame(received)) != bytes) {
    qFatal("%s changed on its way", std::string(type_name(sent)).c_str());
  }
  return received;
}

message::FromStudio by_wire(const message::FromStudio& sent) {
  return round_trip(sent, [](Frame frame) { return studio_message(std::move(frame)); });
}
message::FromEngine by_wire(const message::FromEngine& sent) {
  return round_trip(sent, [](Frame frame) { return engine_message(std::move(frame)); });
}

/// Why the engine's side, as the sender, is not understood.
std::string refusal(const Json& header, const std::string& payload = {}) {
  try {
    engine_message({header, payload});
    return {};
  } catch (const Error& error) {
    return error.code() == ErrorCode::protocol ? error.what() : std::string("not a protocol error: ") + error.what();
  }
}

/// The same for what a studio sends.
std::string studio_refusal(const Json& header, const std::string& payload = {}) {
  try {
    studio_message({header, payload});
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

class MessageCodecTest : public QObject {
  Q_OBJECT

 private slots:
  void everyMessageOfTheStudioSurvives() {
    by_wire(message::FromStudio(message::Hello{1, "0.1.0", 12, {}}));
    GenerateOptions options;
    options.prompt = "a \"dog\"\n";
    options.steps = 20;
    const auto generate = std::get<message::Generate>(by_wire(message::FromStudio(message::Generate{"7", options, 2})));
    QVERIFY(generate.options == options);
    QCOMPARE(generate.preview_every, int64_t{2});
    by_wire(message::FromStudio(message::Cancel{"7"}));
    const auto start =
        std::get<message::StartTraining>(by_wire(message::FromStudio(message::StartTraining{"8", "p", "r", {"cpu", "cpu"}, true})));
    QCOMPARE(start.devices.size(), size_t{2});
    QVERIFY(start.resume);
    QVERIFY(!start.name);
    const auto named =
        std::get<message::StartTraining>(by_wire(message::FromStudio(message::StartTraining{"8", "p", "r", {}, false, "two cards \"B\""})));
    QCOMPARE(named.name.value_or(""), std::string("two cards \"B\""));
    by_wire(message::FromStudio(message::StopRun{"9", "r"}));
    by_wire(message::FromStudio(message::Subscribe{"10", "r", 500}));
    by_wire(message::FromStudio(message::Unsubscribe{"11", "r"}));
    by_wire(message::FromStudio(message::Ping{"12"}));
  }

  void everyMessageOfTheEngineSurvives() {
    by_wire(message::FromEngine(message::Hello{1, "0.1.0", 12, {{"cpu", "A CPU", uint64_t{1} << 36, 2, "avx512"}}}));
    by_wire(message::FromEngine(message::Progress{"7", "sample", 3, 20, "steps", 1.5, "x"}));
    by_wire(message::FromEngine(message::Progress{"7", "load", 0, std::nullopt, "", std::nullopt, ""}));
    const auto preview =
        std::get<message::Preview>(by_wire(message::FromEngine(message::Preview{"7", 0, 1, 20, 2, 1, std::string("\0\1\2\3\4\5", 6)})));
    QCOMPARE(preview.rgb8.size(), size_t{6});
    message::GenerateDone done{"7", {{0, 42, 96, 96, "png zero"}, {1, 43, 96, 96, ""}, {2, 44, 96, 96, "png two"}}, {}, "ema", "cpu", 2.5,
                               0.5};
    done = std::get<message::GenerateDone>(by_wire(message::FromEngine(done)));
    QCOMPARE(done.images[0].png, std::string("png zero"));
    QCOMPARE(done.images[1].png, std::string());
    QCOMPARE(done.images[2].png, std::string("png two"));
    const auto failed = std::get<message::GenerateFailed>(
        by_wire(message::FromEngine(message::GenerateFailed{"7", ErrorCode::out_of_memory, "too large"})));
    QCOMPARE(failed.code, ErrorCode::out_of_memory);
    by_wire(message::FromEngine(message::Cancelled{"7"}));
    by_wire(message::FromEngine(message::TrainingStarted{"8", "/runs/a", 99}));
    by_wire(message::FromEngine(message::Accepted{"9"}));
    by_wire(message::FromEngine(message::Failed{"9", ErrorCode::busy, "locked"}));
    StepReport row;
    row.step = 3;
    row.loss = 0.5;
    const auto batch = std::get<message::MetricsBatch>(by_wire(message::FromEngine(message::MetricsBatch{"r", 2, true, {row, row}})));
    QCOMPARE(batch.rows.size(), size_t{2});
    QCOMPARE(batch.rows[1].loss, 0.5);
    by_wire(message::FromEngine(message::DeviceSample{"", {{1.0, "cpu", "A CPU", 0.5, 1, 2, 3, std::nullopt, 60.0}}}));
    RunStatus status;
    status.folder = "/runs/a";
    status.state = RunState::failed;
    QCOMPARE(std::get<message::RunStateChanged>(by_wire(message::FromEngine(message::RunStateChanged{status}))).status.state,
             RunState::failed);
    by_wire(message::FromEngine(message::Log{"warning", "serve", "x"}));
    by_wire(message::FromEngine(message::Pong{"12"}));
  }

  void wrongMessagesAreRefusedByTypeMemberAndReason() {
    QVERIFY(refusal(Json{{"type", "Genrate"}}).find("no message of type \"Genrate\"") != std::string::npos);
    QVERIFY(refusal(Json{{"type", "Pong"}}).find("/id is missing") != std::string::npos);
    QVERIFY(refusal(Json{{"type", "Pong"}, {"id", 7}}).find("/id expected a text, got 7") != std::string::npos);
    QVERIFY(refusal(Json{{"type", "Pong"}, {"id", "7"}, {"iid", "8"}}).find("/iid unknown key") != std::string::npos);
    QVERIFY(refusal(Json{{"type", "Pong"}, {"id", "7"}}, "x").find("1 bytes of payload, and should have none") != std::string::npos);
    QVERIFY(studio_refusal(Json{{"type", "Cancel"}}).find("/id is missing") != std::string::npos);
    QVERIFY(
        studio_refusal(Json{{"type", "Generate"}, {"id", "1"}, {"preview_every", 1}, {"options", {{"steps", 0}}}}).find("/options/steps") !=
        std::string::npos);
  }

  void payloadsMustFitTheirHeader() {
    const Json preview{{"type", "Preview"}, {"id", "1"}, {"index", 0}, {"step", 1}, {"of", 2}, {"width", 2}, {"height", 2}};
    QVERIFY(refusal(preview, std::string(11, 'x')).find("11 bytes of payload for 2x2") != std::string::npos);
    Json huge = preview;
    huge["width"] = int64_t{1} << 62;
    huge["height"] = 4;
    QVERIFY(!refusal(huge).empty());
    Frame done = to_frame(message::FromEngine(message::GenerateDone{"7", {{0, 1, 8, 8, "abc"}}, {}, "ema", "cpu", 0, 0}));
    done.header["images"][0]["png_bytes"] = 4;
    QVERIFY(refusal(done.header, done.payload).find("image 0 has 4 bytes, 3 are left") != std::string::npos);
    done.header["images"][0]["png_bytes"] = 2;
    QVERIFY(refusal(done.header, done.payload).find("belong to no image") != std::string::npos);
    const Json batch{{"type", "MetricsBatch"}, {"run", "r"}, {"first_seq", 0}, {"restarted", false}};
    QVERIFY(refusal(batch, "{\"step\": 1}").find("no end") != std::string::npos);
    QVERIFY(refusal(batch, "{\"step\": \n").find("MetricsBatch") != std::string::npos);
  }

  void anotherVersionIsRefusedWithBothNumbers() {
    message::Hello hello;
    check_hello(hello);
    hello.protocol = 9;
    hello.version = "9.1";
    try {
      check_hello(hello);
      QFAIL("accepted");
    } catch (const Error& error) {
      const std::string text = error.what();
      QVERIFY(text.find("version 9,") != std::string::npos &&
              text.find("version " + std::to_string(protocol_version) + ":") != std::string::npos);
    }
  }
};

DARKROOM_TEST(MessageCodecTest);
#include "message_codec_test.moc"
