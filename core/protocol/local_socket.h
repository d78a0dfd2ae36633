// SPDX-License-Identifier: Apache-2.0
// Links of one machine: sockets that only this user can open, and stdio. Nothing here listens on a network.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/protocol/channel.h"

namespace darkroom {

/// Where the socket called `name` lies: in the user's runtime directory, else in a private folder of the temporary one. `name` with a slash
/// is a path of its own. The folder is made (mode 0700). throws  Error{io} when the folder belongs to somebody else or others may enter it
std::filesystem::path local_socket_path(std::string_view name);

/// A listening socket, mode 0600. Not thread-safe.
class LocalListener {
 public:
  /// Replaces a socket file that nobody listens on.
  /// throws  Error{busy} when another process listens there, Error{io}
  explicit LocalListener(std::filesystem::path path);
  ~LocalListener();
  LocalListener(const LocalListener&) = delete;
  LocalListener& operator=(const LocalListener&) = delete;

  /// The next link; nullptr after `timeout_ms` (negative: wait for ever). Links of other users are refused. throws Error{io}
  std::unique_ptr<Channel> accept(int timeout_ms);
  const std::filesystem::path& path() const { return path_; }
  /// For poll(); readable when accept would not wait.
  int descriptor() const { return fd_; }

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

/// throws  Error{not_found} when nobody listens there, Error{io}
std::unique_ptr<Channel> connect_local(const std::filesystem::path& path);

/// Standard input and output as a link. Afterwards file descriptor 1 is standard error, so that a stray print cannot break a frame.
/// Call once, before anything is printed. throws Error{io}
std::unique_ptr<Channel> stdio_channel();

}  // namespace darkroom
