// SPDX-License-Identifier: Apache-2.0
// A host of pictures as the internet has them: good ones, dead links, slow lines, redirects, pages, cut and endless bodies.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "tests/core/hub/http_server.h"

namespace darkroom::test {

/// Paths below url():
///   /picture/N.jpg /picture/N.png       a picture of its own for each N, 40 + N % 50 wide, 60 high
///   /large/N.jpg                        1200x900
///   /turned/N.jpg                       80x40, shown upright by its EXIF
///   /dead/N  /gone/N  /teapot/N         404, 410, 418
///   /page/N.jpg                         200 and image/jpeg, but HTML
///   /empty/N.jpg                        200 without a byte
///   /cut/N.jpg                          ends in the middle, and nothing says so
///   /broken/N.jpg                       less than its Content-Length
///   /huge/N.jpg                         a Content-Length of 10 GB;  /endless/N.jpg   no length, never ends
///   /noai/N.jpg                         X-Robots-Tag: noai, noimageai;  /noother/N.jpg   of another client
///   /busy/TIMES/N.jpg                   503 with Retry-After: 0, TIMES times, then a picture
///   /hang/N.jpg                         never answers;  /stall/N.jpg   stops in the middle;  /slow/MS/N.jpg   waits first
///   /to?URL                             sends on to URL;  /round   sends on to itself
class PictureHost {
 public:
  PictureHost();

  std::string url() const { return server_->url(); }
  std::string url(const std::string& path) const { return url() + path; }
  /// Bytes of /picture/N.jpg and its like.
  static std::string picture(const std::string& path);
  std::vector<ServedRequest> requests() const { return server_->requests(); }
  /// Requests whose target begins so.
  size_t requests_of(const std::string& beginning) const;
  void forget_requests() { server_->forget_requests(); }
  /// The most requests that were being answered at one time.
  int most_at_once() const { return most_at_once_; }
  /// Paths below /dead/ are alive from now on.
  void revive() { revived_ = true; }

 private:
  void answer(const ServedRequest& request, Connection& connection);

  std::atomic<bool> ends_ = false;
  std::atomic<bool> revived_ = false;
  std::atomic<int> now_ = 0;
  std::atomic<int> most_at_once_ = 0;
  std::mutex mutex_;
  std::map<std::string, int> times_;  // under mutex_: how often /busy was asked
  std::unique_ptr<HttpServer> server_;

 public:
  ~PictureHost() { ends_ = true; }
};

}  // namespace darkroom::test
