// SPDX-License-Identifier: Apache-2.0
// Files of one JSON object a line that one process appends to and others follow: metrics.jsonl, devices.jsonl, journal.jsonl.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace darkroom {

/// Appends lines; each is handed to the kernel by one write, so that a reader sees it and the death of this process cannot lose it.
/// A torn last line that an earlier writer left is ended first. Not thread-safe; one writer a file.
class JsonLinesAppender {
 public:
  /// Creates the file when it is not there. throws Error{io}
  explicit JsonLinesAppender(std::filesystem::path path);
  ~JsonLinesAppender();
  JsonLinesAppender(const JsonLinesAppender&) = delete;
  JsonLinesAppender& operator=(const JsonLinesAppender&) = delete;

  /// `line` without a line break. After a failure the next line starts on a line of its own. throws Error{io}
  void append(std::string_view line);
  /// Flushes to the disk. throws Error{io}
  void sync();

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  bool torn_ = false;  ///< the last write failed, perhaps in the middle of a line
};

/// Reads the complete lines of such a file, then what is added to it. The file may not be there yet. Not thread-safe.
class JsonLinesTail {
 public:
  /// newest_bytes  0: all lines; else only those that begin in so many last bytes of the file, as it is when it is opened or replaced
  explicit JsonLinesTail(std::filesystem::path path, uint64_t newest_bytes = 0);
  ~JsonLinesTail();
  JsonLinesTail(JsonLinesTail&& other) noexcept;
  JsonLinesTail& operator=(JsonLinesTail&& other) noexcept;

  struct Lines {
    bool restarted = false;  ///< the file was replaced or cut since the last poll: these lines start at its beginning again
    std::vector<std::string> lines;
    bool more = false;  ///< `max_bytes` was reached: poll again at once
  };

  /// Complete lines since the last poll (a line without its line break is left for later); empty lines are left out.
  /// At least one line when there is one, then no more once `max_bytes` are read. throws Error{io}
  Lines poll(size_t max_bytes = size_t{1} << 20);
  /// The next poll starts at the file's beginning, without `restarted`.
  void rewind();

 private:
  void close();

  std::filesystem::path path_;
  int fd_ = -1;
  uint64_t inode_ = 0;
  uint64_t offset_ = 0;  ///< of the first byte that was not handed out yet
  uint64_t newest_bytes_ = 0;
  bool inside_line_ = false;  ///< offset_ lies in a line that is to be left out
  bool seen_ = false;         ///< lines of an earlier file were handed out
};

}  // namespace darkroom
