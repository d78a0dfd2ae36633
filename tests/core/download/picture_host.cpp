// SPDX-License-Identifier: Apache-2.0
#include "tests/core/download/picture_host.h"

#include <algorithm>
#include <chrono>

#include "core/image/exif.h"
#include "core/image/image_encode.h"

namespace darkroom::test {
namespace {

constexpr auto moment = std::chrono::milliseconds(10);

int number_in(const std::string& path) { return std::atoi(path.substr(path.rfind('/') + 1).c_str()); }

Image painted(int width, int height, int number) {
  Image image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      uint8_t* at = image.row(y) + static_cast<ptrdiff_t>(x) * Image::channels;
      at[0] = static_cast<uint8_t>(x * 255 / width);
      at[1] = static_cast<uint8_t>(y * 255 / height);
      at[2] = static_cast<uint8_t>(number * 37);
    }
  }
  return image;
}

// A little-endian block whose one field is Orientation 6.
std::string turned_block() { return std::string("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0", 26); }

bool starts(const std::string& text, const char* beginning) { return text.starts_with(beginning); }

}  // namespace

std::string PictureHost::picture(const std::string& path) {
  const int number = number_in(path);
  if (starts(path, "/large/")) {
    return encode_image(painted(1200, 900, number), ImageFormat::jpeg);
  }
  if (starts(path, "/turned/")) {
    return insert_exif(encode_image(painted(80, 40, number), ImageFormat::jpeg), ImageFormat::jpeg, turned_block());
  }
  const Image image = painted(40 + number % 50, 60, number);
  return path.ends_with(".png") ? encode_png(image) : encode_image(image, ImageFormat::jpeg);
}

PictureHost::PictureHost()
    : server_(std::make_unique<HttpServer>([this](const ServedRequest& request, Connection& connection) {
        const int now = ++now_;
        for (int most = most_at_once_; now > most && !most_at_once_.compare_exchange_weak(most, now);) {
        }
        answer(request, connection);
        --now_;
      })) {}

size_t PictureHost::requests_of(const std::string& beginning) const {
  const std::vector<ServedRequest> all = requests();
  return static_cast<size_t>(
      std::count_if(all.begin(), all.end(), [&](const ServedRequest& request) { return request.target.starts_with(beginning); }));
}

void PictureHost::answer(const ServedRequest& request, Connection& connection) {
  const std::string& path = request.target;
  const auto wait_while = [&](auto&& condition) {
    while (!ends_ && condition()) {
      std::this_thread::sleep_for(moment);
    }
  };
  if (starts(path, "/to?")) {
    return connection.answer(302, "Found", {{"Location", path.substr(4)}});
  }
  if (path == "/round") {
    return connection.answer(302, "Found", {{"Location", "/round"}});
  }
  if (starts(path, "/dead/") && !revived_) {
    return connection.answer(404, "no such thing");
  }
  if (starts(path, "/gone/") || starts(path, "/teapot/")) {
    return connection.answer(starts(path, "/gone/") ? 410 : 418, "no");
  }
  if (starts(path, "/page/")) {
    return connection.answer(200, "<html><body>This picture was taken away.</body></html>", {{"Content-Type", "image/jpeg"}});
  }
  if (starts(path, "/empty/")) {
    return connection.answer(200, "");
  }
  if (starts(path, "/huge/")) {
    connection.head(200, {{"Content-Length", "10000000000"}});
    connection.send(std::string(1000, 'x'));
    return connection.break_off();
  }
  if (starts(path, "/endless/")) {
    connection.head(200, {{"Connection", "close"}});
    const std::string piece(100'000, 'x');
    wait_while([&] { return connection.send(piece); });
    return connection.break_off();
  }
  if (starts(path, "/hang/")) {
    wait_while([] { return true; });
    return connection.break_off();
  }
  if (starts(path, "/busy/")) {
    const std::lock_guard lock(mutex_);
    if (times_[path]++ < std::atoi(path.c_str() + 6)) {
      return connection.answer(503, "later", {{"Retry-After", "0"}});
    }
  }
  if (starts(path, "/slow/")) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(std::atoi(path.c_str() + 6));
    wait_while([&] { return std::chrono::steady_clock::now() < until; });
  }
  const std::string bytes = picture(path);
  if (starts(path, "/cut/")) {
    connection.head(200, {{"Connection", "close"}});
    connection.send(bytes.substr(0, bytes.size() / 2));
    return connection.break_off();
  }
  if (starts(path, "/broken/")) {
    connection.head(200, {{"Content-Length", std::to_string(bytes.size())}});
    connection.send(bytes.substr(0, bytes.size() / 2));
    return connection.break_off();
  }
  if (starts(path, "/stall/")) {
    connection.head(200, {{"Content-Length", std::to_string(bytes.size())}});
    connection.send(bytes.substr(0, bytes.size() / 2));
    wait_while([] { return true; });
    return connection.break_off();
  }
  std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", "image/jpeg"}};
  if (starts(path, "/noai/")) {
    headers.emplace_back("X-Robots-Tag", "noai, noimageai");
  }
  if (starts(path, "/noother/")) {
    headers.emplace_back("X-Robots-Tag", "otherclient: noai");
  }
  connection.answer(200, bytes, headers);
}

}  // namespace darkroom::test
