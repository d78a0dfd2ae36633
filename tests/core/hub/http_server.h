// SPDX-License-Identifier: Apache-2.0
// A server on 127.0.0.1 that does what a test tells it to, faults included.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace darkroom::test {

struct ServedRequest {
  std::string target;                          ///< path and query, as sent
  std::map<std::string, std::string> headers;  ///< names in lower case

  std::optional<std::string> header(const std::string& name) const;
  /// The first byte that a "Range: bytes=N-" asks for.
  std::optional<uint64_t> range_start() const;
};

/// One connection, while a handler answers on it.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}

  /// "HTTP/1.1 <status>" and the header lines, then an empty line.
  void head(int status, const std::vector<std::pair<std::string, std::string>>& headers);
  /// Bytes as they are; false when the client has gone.
  bool send(std::string_view bytes);
  /// Head with Content-Length, then the body.
  void answer(int status, std::string_view body, std::vector<std::pair<std::string, std::string>> headers = {});
  /// No more is sent: what a client sees of a broken line.
  void break_off() { is_broken_ = true; }
  bool is_broken() const { return is_broken_; }

 private:
  int fd_;
  bool is_broken_ = false;
};

using Handler = std::function<void(const ServedRequest&, Connection&)>;

/// A thread a connection; connections are kept open between requests. Everything ends with the destructor.
class HttpServer {
 public:
  explicit HttpServer(Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// "http://127.0.0.1:PORT".
  std::string url() const;
  std::vector<ServedRequest> requests() const;
  void forget_requests();

 private:
  void accept_all();
  void serve(int fd);

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> ends_ = false;
  mutable std::mutex mutex_;
  std::vector<ServedRequest> requests_;
  std::vector<int> open_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace darkroom::test
