// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

#include "core/base/progress.h"
#include "tests/test_registry.h"

using namespace darkroom;

namespace {

constexpr int long_ms = 20000;  // never waited for when all is well

struct Pair {
  std::unique_ptr<Channel> studio;
  std::unique_ptr<Channel> engine;
};

Pair make_pair(size_t max_queued_bytes = size_t{64} << 20) {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
    qFatal("socketpair");
  }
  return {std::make_unique<Channel>(fds[0], fds[0]), std::make_unique<Channel>(fds[1], fds[1], max_queued_bytes)};
}

}  // namespace

class ChannelTest : public QObject {
  Q_OBJECT

 private slots:
  void messagesGoBothWays() {
    const Pair pair = make_pair();
    pair.studio->send(message::FromStudio(message::Ping{"1"}));
    const auto ping = std::get<message::Ping>(studio_message(*pair.engine->receive(long_ms)));
    pair.engine->send(message::FromEngine(message::Pong{ping.id}));
    QCOMPARE(std::get<message::Pong>(engine_message(*pair.studio->receive(long_ms))).id, std::string("1"));
  }

  void receivingGivesUpInTime() {
    const Pair pair = make_pair();
    const double start_s = monotonic_seconds();
    QVERIFY(!pair.studio->receive(30));
    QVERIFY(!pair.studio->ended());
    QVERIFY(monotonic_seconds() - start_s >= 0.03);
    QVERIFY(!pair.studio->receive(0));
  }

  void largePayloadsPass() {
    const Pair pair = make_pair();
    std::string png(5 << 20, 'x');
    for (size_t i = 0; i < png.size(); i += 4099) {
      png[i] = static_cast<char>(i);
    }
    pair.engine->send(message::FromEngine(message::GenerateDone{"1", {{0, 0, 8, 8, png}}, {}, "ema", "cpu", 0, 0}));
    const auto done = std::get<message::GenerateDone>(engine_message(*pair.studio->receive(long_ms)));
    QVERIFY(done.images[0].png == png);
    QVERIFY(pair.engine->flush(long_ms));
  }

  void anOldPreviewGivesWayToTheNewestAndNothingElseIsLost() {
    const Pair pair = make_pair();
    const std::string pixels(256 * 256 * 3, 'p');
    constexpr int64_t count = 200;  // 39 MB: far beyond what the kernel keeps
    for (int64_t step = 1; step <= count; ++step) {
      pair.engine->send(message::FromEngine(message::Preview{"1", 0, step, count, 256, 256, pixels}));
    }
    pair.engine->send(message::FromEngine(message::Cancelled{"1"}));
    int64_t previews = 0;
    int64_t last_step = 0;
    while (true) {
      const message::FromEngine received = engine_message(*pair.studio->receive(long_ms));
      if (std::holds_alternative<message::Cancelled>(received)) {
        break;
      }
      const auto& preview = std::get<message::Preview>(received);
      QVERIFY(preview.step > last_step);
      last_step = preview.step;
      ++previews;
    }
    QCOMPARE(last_step, count);
    QVERIFY2(previews < count, qPrintable(QString::number(previews)));
  }

  void aFullQueueHoldsTheSenderUntilThereIsRoom() {
    const Pair pair = make_pair(1 << 20);
    std::atomic<int> sent{0};
    constexpr int count = 20;
    std::thread sender([&] {
      for (int i = 0; i < count; ++i) {
        pair.engine->send(Frame{Json{{"type", "Log"}, {"n", i}}, std::string(600000, 'x')});
        ++sent;
      }
    });
    QTest::qSleep(100);
    const int sent_before_reading = sent;
    for (int i = 0; i < count; ++i) {
      const auto frame = pair.studio->receive(long_ms);
      QVERIFY(frame);
      QCOMPARE(frame->header["n"].get<int>(), i);
    }
    sender.join();
    QVERIFY(sent_before_reading < count);
  }

  void anEndedLinkShowsOnBothSides() {
    Pair pair = make_pair();
    pair.engine->send(message::FromEngine(message::Pong{"1"}));
    QVERIFY(pair.engine->flush(long_ms));
    pair.engine.reset();
    QVERIFY(pair.studio->receive(long_ms));  // what was sent before the end still arrives
    QVERIFY(!pair.studio->receive(long_ms));
    QVERIFY(pair.studio->ended());
    bool refused = false;
    for (int i = 0; i < 1000 && !refused; ++i) {
      try {
        pair.studio->send(message::FromStudio(message::Ping{"2"}));
        QTest::qSleep(1);
      } catch (const Error& error) {
        refused = error.code() == ErrorCode::peer_died;
      }
    }
    QVERIFY(refused);
  }

  void aPeerThatOnlyStoppedAskingStillGetsItsAnswer() {
    int fds[2];
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    Channel engine(fds[1], fds[1]);
    const std::string ping = encode_frame(to_frame(message::FromStudio(message::Ping{"1"})));
    QCOMPARE(::write(fds[0], ping.data(), ping.size()), static_cast<ssize_t>(ping.size()));
    ::shutdown(fds[0], SHUT_WR);
    QVERIFY(engine.receive(long_ms));
    QVERIFY(!engine.receive(long_ms));
    QVERIFY(engine.ended());
    engine.send(message::FromEngine(message::Pong{"1"}));
    QVERIFY(engine.flush(long_ms));
    char buffer[256];
    QVERIFY(::read(fds[0], buffer, sizeof buffer) > 8);
    ::close(fds[0]);
  }

  void anEndInsideAFrameIsAProtocolError() {
    int fds[2];
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    Channel engine(fds[1], fds[1]);
    QCOMPARE(::write(fds[0], "\x10\0\0\0\0", 5), ssize_t{5});
    ::close(fds[0]);
    QVERIFY_EXCEPTION_THROWN(engine.receive(long_ms), Error);
    QVERIFY(engine.ended());
  }

  void closeWakesAWaitingReceiver() {
    const Pair pair = make_pair();
    std::thread closer([&] {
      QTest::qSleep(30);
      pair.studio->close();
    });
    QVERIFY(!pair.studio->receive(-1));
    closer.join();
    QVERIFY(pair.studio->ended());
    QVERIFY_EXCEPTION_THROWN(pair.studio->send(message::FromStudio(message::Ping{"1"})), Error);
  }
};

DARKROOM_TEST(ChannelTest);
#include "channel_test.moc"
