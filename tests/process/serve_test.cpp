// SPDX-License-Identifier: Apache-2.0
// The protocol against the real engine: one final answer a request, cancel, malformed frames, a missing model.
#include <QElapsedTimer>
#include <functional>

#include "core/protocol/codec.h"
#include "tests/process/engine_program.h"
#include "tests/test_registry.h"

using namespace darkroom;  // NOLINT: a test of this namespace's protocol

namespace {

/// A studio in a few lines: frames over the engine's stdio.
class Studio {
 public:
  Studio() : process_(test::start_engine({"serve", "--stdio"})) { send(message::Hello{}); }

  void send(const message::FromStudio& message) { write(encode_frame(to_frame(message))); }
  void write(const std::string& bytes) { process_->write(bytes.data(), static_cast<qint64>(bytes.size())); }

  /// The next message that `wanted` accepts, or nothing after the time-out or the engine's end.
  std::optional<message::FromEngine> wait(const std::function<bool(const message::FromEngine&)>& wanted, int timeout_ms = 60000) {
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < timeout_ms) {
      while (std::optional<Frame> frame = decoder_.next()) {
        message::FromEngine message = engine_message(std::move(*frame));
        if (wanted(message)) {
          return message;
        }
      }
      if (process_->bytesAvailable() == 0 && !process_->waitForReadyRead(200) && process_->state() == QProcess::NotRunning) {
        return std::nullopt;
      }
      decoder_.feed(process_->readAllStandardOutput().toStdString());
    }
    return std::nullopt;
  }

  template <typename Message>
  std::optional<Message> wait_for(int timeout_ms = 60000) {
    const auto found = wait([](const message::FromEngine& message) { return std::holds_alternative<Message>(message); }, timeout_ms);
    return found ? std::make_optional(std::get<Message>(*found)) : std::nullopt;
  }

  QProcess& process() { return *process_; }

 private:
  std::unique_ptr<QProcess> process_;
  FrameDecoder decoder_;
};

message::Generate picture_request(const std::string& id, int64_t steps) {
  message::Generate request;
  request.id = id;
  request.options.prompt = "a red apple";
  request.options.steps = steps;
  return request;
}

}  // namespace

class ServeTest : public QObject {
  Q_OBJECT

 private slots:
  void saysHelloWithItsDevices() {
    Studio studio;
    const auto hello = studio.wait_for<message::Hello>();
    QVERIFY(hello);
    QCOMPARE(hello->protocol, protocol_version);
    QCOMPARE(hello->devices.back().id, std::string("cpu"));
  }

  void generateSendsPreviewsThenOnePicture() {
    Studio studio;
    studio.send(picture_request("g1", 40));
    const auto preview = studio.wait_for<message::Preview>();
    QVERIFY(preview);
    QCOMPARE(preview->rgb8.size(), static_cast<size_t>(preview->width * preview->height * 3));
    const auto done = studio.wait_for<message::GenerateDone>();
    QVERIFY(done);
    QCOMPARE(done->id, std::string("g1"));
    QCOMPARE(done->images.size(), size_t{1});
    QVERIFY(done->images[0].png.starts_with("\x89PNG"));
    QCOMPARE(*done->options.steps, int64_t{40});
  }

  void cancelEndsARunningRequestWithinAStep() {
    Studio studio;
    studio.send(picture_request("warm", 1));
    QVERIFY(studio.wait_for<message::GenerateDone>());
    studio.send(picture_request("long", 1000));
    QVERIFY(studio.wait_for<message::Preview>());
    QElapsedTimer timer;
    timer.start();
    studio.send(message::Cancel{"long"});
    const auto cancelled = studio.wait_for<message::Cancelled>();
    QVERIFY(cancelled);
    QCOMPARE(cancelled->id, std::string("long"));
    QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
    studio.send(picture_request("after", 1));
    QCOMPARE(studio.wait_for<message::GenerateDone>()->id, std::string("after"));
  }

  void cancelOfAWaitingRequestAnswersAtOnce() {
    Studio studio;
    studio.send(picture_request("first", 200));
    studio.send(picture_request("second", 1));
    studio.send(message::Cancel{"second"});
    QCOMPARE(studio.wait_for<message::Cancelled>()->id, std::string("second"));
    studio.send(message::Cancel{"first"});
    QCOMPARE(studio.wait_for<message::Cancelled>()->id, std::string("first"));
  }

  void missingModelFailsWithItsName() {
    Studio studio;
    message::Generate request = picture_request("m", 1);
    request.options.model = "/nowhere/model";
    studio.send(request);
    const auto failed = studio.wait_for<message::GenerateFailed>();
    QVERIFY(failed);
    QVERIFY(failed->message.find("/nowhere/model") != std::string::npos);
    studio.send(picture_request("after", 1));
    QVERIFY(studio.wait_for<message::GenerateDone>());
  }

  void malformedFrameClosesTheLinkWithAReason() {
    Studio studio;
    QVERIFY(studio.wait_for<message::Hello>());
    studio.write(std::string("\xff\xff\xff\x7f\x00\x00\x00\x00", 8));
    const auto reason = studio.wait_for<message::Log>();
    QVERIFY(reason);
    QCOMPARE(reason->level, std::string("error"));
    QVERIFY(studio.process().waitForFinished(10000));
    QCOMPARE(studio.process().exitCode(), 1);
  }

  void otherVersionIsRefusedWithBothNumbers() {
    const auto process = test::start_engine({"serve", "--stdio"});
    message::Hello hello;
    hello.protocol = protocol_version + 1;
    const std::string bytes = encode_frame(to_frame(message::FromStudio(hello)));
    process->write(bytes.data(), static_cast<qint64>(bytes.size()));
    QVERIFY(process->waitForFinished(20000));
    const QByteArray errors = process->readAllStandardError();
    QVERIFY(errors.contains(QByteArray::number(static_cast<qlonglong>(protocol_version))));
    QVERIFY(errors.contains(QByteArray::number(static_cast<qlonglong>(protocol_version + 1))));
  }

  void endsWhenTheStudioClosesTheLink() {
    Studio studio;
    QVERIFY(studio.wait_for<message::Hello>());
    studio.process().closeWriteChannel();
    QVERIFY(studio.process().waitForFinished(10000));
    QCOMPARE(studio.process().exitCode(), 0);
  }

  void wrongPlanIsAnsweredWithTheSupervisorsWords() {
    Studio studio;
    message::StartTraining request;
    request.id = "t";
    request.plan = "/nowhere/plan.json";
    request.run = "/nowhere/run";
    studio.send(request);
    const auto failed = studio.wait_for<message::Failed>();
    QVERIFY(failed);
    QVERIFY(failed->message.find("/nowhere/plan.json") != std::string::npos);
  }
};

DARKROOM_TEST(ServeTest);
#include "serve_test.moc"
