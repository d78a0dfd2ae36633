// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "app/offline/fake_engine.h"
#include "core/image/image_encode.h"
#include "core/protocol/local_socket.h"

namespace darkroom::fake {
namespace {

bool says(const std::string& prompt, const char* word) { return prompt.find(word) != std::string::npos; }

/// A flat picture whose colour tells the seed.
Image picture(int64_t width, int64_t height, int64_t seed) {
  Image image(static_cast<int>(width), static_cast<int>(height));
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] = static_cast<uint8_t>((static_cast<size_t>(seed) * 37 + i % 3 * 80) % 256);
  }
  return image;
}

class Server {
 public:
  Server() : m_channel(stdio_channel()) {
    message::Hello hello;
    hello.version = "fake";
    hello.pid = getpid();
    hello.devices = {{"cpu", "a fake CPU", uint64_t{16} << 30, 2, ""}};
    m_channel->send(message::FromEngine(hello));
  }

  int run() {
    while (true) {
      take(m_requests.empty() ? -1 : 0);
      if (m_channel->ended()) {
        return 0;
      }
      if (!m_requests.empty()) {
        const message::Generate request = m_requests.front();
        m_requests.pop_front();
        generate(request);
      }
    }
  }

 private:
  /// Reads what is there; answers pings; keeps requests and cancels.
  void take(int timeout_ms) {
    while (std::optional<Frame> frame = m_channel->receive(timeout_ms)) {
      const message::FromStudio message = studio_message(std::move(*frame));
      if (const auto* hello = std::get_if<message::Hello>(&message)) {
        check_hello(*hello);
      } else if (const auto* ping = std::get_if<message::Ping>(&message)) {
        m_channel->send(message::FromEngine(message::Pong{ping->id}));
        m_channel->send(
            message::FromEngine(message::DeviceSample{"", {{.id = "cpu", .name = "a fake CPU", .load = 0.5, .memory_used_bytes = 1000}}}));
      } else if (const auto* request = std::get_if<message::Generate>(&message)) {
        m_requests.push_back(*request);
      } else if (const auto* cancel = std::get_if<message::Cancel>(&message)) {
        m_cancelled.insert(cancel->id);
      }
      timeout_ms = 0;
    }
  }

  void generate(const message::Generate& request) {
    const GenerateOptions& options = request.options;
    const int64_t steps = options.steps.value_or(20);
    const int64_t width = options.width.value_or(64);
    const int64_t height = options.height.value_or(64);
    for (int64_t step = 1; step <= steps; ++step) {
      std::this_thread::sleep_for(std::chrono::milliseconds(says(options.prompt, "slow") ? 40 : 2));
      take(0);
      if (m_cancelled.erase(request.id) > 0) {
        m_channel->send(message::FromEngine(message::Cancelled{request.id}));
        return;
      }
      if (says(options.prompt, "refuse")) {
        m_channel->send(
            message::FromEngine(message::GenerateFailed{request.id, ErrorCode::bad_input, "The fake engine refuses this prompt."}));
        return;
      }
      if (says(options.prompt, "hang")) {
        std::this_thread::sleep_for(std::chrono::hours(1));
      }
      if (says(options.prompt, "die") && step == 3) {
        m_channel->flush(1000);
        std::fprintf(stderr, "last words of the fake engine\n");
        std::_Exit(7);
      }
      m_channel->send(message::FromEngine(message::Progress{request.id, "sample", step, steps, "steps", {}, ""}));
      const Image preview = picture(8, 8, step);
      m_channel->send(message::FromEngine(message::Preview{
          request.id, 0, step, steps, 8, 8, std::string(reinterpret_cast<const char*>(preview.pixels.data()), preview.pixels.size())}));
    }
    message::GenerateDone done;
    done.id = request.id;
    done.options = options;
    done.options.steps = steps;
    done.options.width = width;
    done.options.height = height;
    done.options.sampler = options.sampler.value_or("ddim");
    done.weights_used = "ema";
    done.device = "cpu";
    done.seconds = 0.1;
    done.images.push_back({0, options.seed, width, height, encode_png(picture(width, height, options.seed))});
    m_channel->send(message::FromEngine(done));
  }

  std::unique_ptr<Channel> m_channel;
  std::deque<message::Generate> m_requests;
  std::set<std::string> m_cancelled;
};

}  // namespace

int serve() { return Server().run(); }

}  // namespace darkroom::fake
